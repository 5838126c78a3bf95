"use client";

import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { useZone } from "@/components/hooks/use-zone";
import { PinDialog } from "@/components/retention/pin-dialog";
import { pinReason } from "@/components/retention/point-fate";
import type { Chain, RestorePoint } from "@/server/domain/backup";
import { ComparePanel } from "./compare-panel";
import { PointCard } from "./point-card";
import { findPoint, type PointRef, restorablePoints } from "./point-ref";
import { TimelineAxis } from "./timeline-axis";
import { layoutTimeline, type Range, type TimelineNode, type TimeWindow, windowOf } from "./timeline-geometry";
import { entryNode, isMoveKey, moveWithin } from "./timeline-keys";
import { TimelineLane } from "./timeline-lane";
import { TimelineRange } from "./timeline-range";
import type { Comparing } from "./use-compare-param";
import { useElementWidth } from "./use-element-width";
import { zoneOffsetMs } from "./zone-offset";

const LABEL_PX = 72;

interface TimelineProps {
  chains: Chain[];
  selected: PointRef | null;
  onSelect: (point: PointRef) => void;
  /** Starts or continues a restore of the point; without it the card offers none. */
  onRestore?: (point: RestorePoint) => void;
  /** The same onto the VM's own disks. */
  onRestoreInPlace?: (point: RestorePoint) => void;
  /** Without it no points can be compared here. */
  comparing?: Comparing;
  /** Word on the card's button, when "Restore" would promise too much. */
  restoreLabel?: string;
}

/**
 * The increment timeline: chains as lanes, newest on top, time to the right. Selection follows the keyboard; the card
 * below shows the point under the pointer, else the selected one.
 */
export function Timeline({
  chains,
  selected,
  onSelect,
  onRestore,
  onRestoreInPlace,
  comparing,
  restoreLabel = "Restore",
}: TimelineProps) {
  const { zone } = useZone();
  const [range, setRange] = useState<Range>("all");
  const [day, setDay] = useState<TimeWindow | null>(null);
  const [now] = useState(() => Date.now());
  const [pinning, setPinning] = useState<PointRef | null>(null);
  const [hovered, setHovered] = useState<TimelineNode | null>(null);
  const [containerRef, containerPx] = useElementWidth<HTMLDivElement>();
  const cardRef = useRef<HTMLDivElement>(null);
  const lanesRef = useRef<HTMLDivElement>(null);

  const layout = useMemo(
    () =>
      layoutTimeline({
        chains,
        window: day ?? windowOf(range, chains, now),
        containerPx,
        labelPx: LABEL_PX,
        zoneOffsetMs: zoneOffsetMs(zone, now),
      }),
    [chains, day, range, now, containerPx, zone],
  );
  const { lanes } = layout;
  const nodes = lanes.flatMap((lane) => lane.nodes);
  const selectedNode = nodes.find((node) => holds(node, selected)) ?? null;
  const tabStop = selectedNode ?? entryNode(lanes);

  function showRange(next: Range) {
    setDay(null);
    setRange(next);
  }

  function choose(node: TimelineNode) {
    if (node.kind === "point") return onSelect(node.point);
    setDay(node.window);
    const [first] = node.points;
    if (first !== undefined) onSelect(first);
  }

  function focusNode(node: TimelineNode) {
    const element = lanesRef.current?.querySelector<HTMLElement>(`#timeline-node-${CSS.escape(node.key)}`);
    element?.focus();
    element?.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (node.kind === "point") onSelect(node.point);
  }

  function onKeyDown(event: KeyboardEvent, node: TimelineNode) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (isMoveKey(event.key)) {
      const target = moveWithin(lanes, node.key, event.key);
      if (target !== null) focusNode(target);
    } else if (event.key === "Enter" || event.key === " ") {
      choose(node);
      if (event.key === "Enter" && node.kind === "point") cardRef.current?.focus();
    } else if (event.key.toLowerCase() === "r" && node.kind === "point" && node.point.broken === null) {
      onRestore?.(node.point);
    } else if (event.key.toLowerCase() === "p" && node.kind === "point") {
      setPinning(node.point);
    } else if (event.key.toLowerCase() === "c" && node.kind === "point") {
      comparing?.mark(node.point);
    } else {
      return;
    }
    event.preventDefault();
  }

  const hoveredPoint = hovered?.kind === "point" ? hovered.point : null;
  const chosen = findPoint(chains, selected);
  const shown = findPoint(chains, hoveredPoint) ?? chosen ?? findPoint(chains, restorablePoints(chains)[0] ?? null);
  const toPin = findPoint(chains, pinning);
  const isEmptyWindow = nodes.length === 0;

  return (
    <div className="flex flex-col gap-3">
      <TimelineRange range={day === null ? range : null} onChange={showRange} />
      <div ref={containerRef} className="overflow-x-auto rounded-card border bg-surface">
        <div ref={lanesRef} style={{ width: layout.widthPx }}>
          {isEmptyWindow && (
            <p className="sticky left-0 w-fit p-4 text-muted">No points in this range. Choose “All”.</p>
          )}
          {lanes.map((lane, index) => (
            <TimelineLane
              key={lane.chain.imageId}
              lane={lane}
              widthPx={layout.widthPx}
              selected={selected}
              compared={comparing?.state ?? null}
              tabStop={tabStop?.key ?? null}
              isAfterReset={index < lanes.length - 1}
              onChoose={choose}
              onHover={setHovered}
              onKeyDown={onKeyDown}
            />
          ))}
          <TimelineAxis layout={layout} zone={zone} />
        </div>
      </div>
      <PointCard
        ref={cardRef}
        found={shown}
        note={hoveredPoint !== null ? "under the pointer" : chosen === null ? "newest point" : null}
        restoreLabel={restoreLabel}
        onRestore={onRestore}
        onRestoreInPlace={onRestoreInPlace}
        comparing={comparing}
        onLeave={() => tabStop !== null && focusNode(tabStop)}
      />
      {comparing === undefined ? null : <ComparePanel chains={chains} comparing={comparing} />}
      {toPin === null || pinReason(toPin.chain, toPin.point) !== null ? null : (
        <PinDialog
          key={`${toPin.point.imageId}.${toPin.point.incrementId}`}
          {...toPin}
          isOpen
          onOpenChange={(isOpen) => !isOpen && setPinning(null)}
        />
      )}
    </div>
  );
}

function holds(node: TimelineNode, ref: PointRef | null): boolean {
  if (ref === null) return false;
  const points = node.kind === "point" ? [node.point] : node.points;
  return points.some((point) => point.imageId === ref.imageId && point.incrementId === ref.incrementId);
}
