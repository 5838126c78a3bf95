"use client";

import dynamic from "next/dynamic";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { useZone } from "@/components/hooks/use-zone";
import { t } from "@/components/i18n/t";
import { PinDialog } from "@/components/retention/pin-dialog";
import { pinReason } from "@/components/retention/point-fate";
import { useStartCheck } from "@/components/verification/use-start-check";
import type { Chain, RestorePoint } from "@/server/domain/backup";
import type { TimelineMarks } from "@/server/domain/timeline-marks";
import { JumpToDate } from "./jump-to-date";
import { LateSpans, MarkStrip, MarkSummary } from "./mark-strip";
import { PointCard } from "./point-card";
import { findPoint, type PointRef, restorablePoints } from "./point-ref";
import { TimelineAxis } from "./timeline-axis";
import { layoutTimeline, type Range, type TimelineNode, type TimeWindow, windowOf } from "./timeline-geometry";
import { entryNode, isMoveKey, moveWithin, zoomed } from "./timeline-keys";
import { TimelineLane } from "./timeline-lane";
import { placeMarks } from "./timeline-marks";
import { TimelineRange } from "./timeline-range";
import type { Comparing } from "./use-compare-param";
import { useElementWidth } from "./use-element-width";
import { zoneOffsetMs } from "./zone-offset";

const LABEL_PX = 72;
const NO_MARKS: TimelineMarks = { failed: [], missed: [], late: [] };
const ComparePanel = dynamic(() => import("./compare-panel").then((module) => module.ComparePanel), { ssr: false });

interface TimelineProps {
  chains: Chain[];
  selected: PointRef | null;
  onSelect: (point: PointRef) => void;
  /** Starts or continues a restore of the point; without it the card offers none. */
  onRestore?: (point: RestorePoint) => void;
  /** The same onto the VM's own disks. */
  onRestoreInPlace?: (point: RestorePoint) => void;
  /** Given where chains are looked after: points are compared, and a date field leads to them. */
  comparing?: Comparing;
  /** What went wrong, to be shown among the points. */
  marks?: TimelineMarks | undefined;
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
  marks = NO_MARKS,
  restoreLabel = t("Restore"),
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
  const dateRef = useRef<HTMLDivElement>(null);
  const { verify } = useStartCheck();
  const isManaging = comparing !== undefined;

  const markTimes = useMemo(() => [...marks.failed, ...marks.missed].map((mark) => mark.at), [marks]);
  const layout = useMemo(
    () =>
      layoutTimeline({
        chains,
        window: day ?? windowOf(range, chains, now, markTimes),
        containerPx,
        labelPx: LABEL_PX,
        zoneOffsetMs: zoneOffsetMs(zone, now),
      }),
    [chains, markTimes, day, range, now, containerPx, zone],
  );
  const placed = useMemo(() => placeMarks(layout, marks), [layout, marks]);
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

  /** Single keys on a node; false for a key that means nothing here. */
  function onNodeKey(key: string, node: TimelineNode): boolean {
    const next = day === null ? zoomed(range, key) : null;
    if (next !== null) {
      // A range that would hide the point in focus is not taken: the keyboard would lose its place.
      if (node.at >= windowOf(next, chains, now).from) setRange(next);
    } else if (key === "d" && isManaging) {
      dateRef.current?.querySelector("input")?.focus();
    } else if (node.kind !== "point") {
      return false;
    } else if (key === "r" && node.point.broken === null) {
      onRestore?.(node.point);
    } else if (key === "p") {
      setPinning(node.point);
    } else if (key === "v") {
      verify.mutate({ imageId: node.point.imageId, incrementId: node.point.incrementId });
    } else if (key === "c") {
      comparing?.mark(node.point);
    } else {
      return false;
    }
    return true;
  }

  function jumpTo(point: RestorePoint) {
    showRange("all");
    onSelect(point);
  }

  function onKeyDown(event: KeyboardEvent, node: TimelineNode) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (isMoveKey(event.key)) {
      const target = moveWithin(lanes, node.key, event.key);
      if (target !== null) focusNode(target);
    } else if (event.key === "Enter" || event.key === " ") {
      choose(node);
      if (event.key === "Enter" && node.kind === "point") cardRef.current?.focus();
    } else if (!onNodeKey(event.key.toLowerCase(), node)) {
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
      <TimelineRange range={day === null ? range : null} isManaging={isManaging} onChange={showRange}>
        {isManaging && (
          <div ref={dateRef}>
            <JumpToDate chains={chains} onPick={jumpTo} />
          </div>
        )}
      </TimelineRange>
      <div ref={containerRef} className="overflow-x-auto rounded-card border bg-surface">
        <div ref={lanesRef} className="relative isolate" style={{ width: layout.widthPx }}>
          <LateSpans spans={placed.spans} widthPx={layout.widthPx} />
          {isEmptyWindow && (
            <p className="sticky left-0 w-fit p-4 text-muted">{t("No points in this range. Choose “All”.")}</p>
          )}
          {lanes.map((lane, index) => (
            <TimelineLane
              key={lane.chain.imageId}
              lane={lane}
              widthPx={layout.widthPx}
              selected={selected}
              compared={comparing?.state ?? null}
              isManaging={isManaging}
              tabStop={tabStop?.key ?? null}
              isAfterReset={index < lanes.length - 1}
              onChoose={choose}
              onHover={setHovered}
              onKeyDown={onKeyDown}
            />
          ))}
          <MarkStrip spots={placed.spots} widthPx={layout.widthPx} />
          <TimelineAxis layout={layout} zone={zone} />
        </div>
      </div>
      <MarkSummary placed={placed} />
      <PointCard
        ref={cardRef}
        found={shown}
        note={hoveredPoint !== null ? t("under the pointer") : chosen === null ? t("newest point") : null}
        restoreLabel={restoreLabel}
        onRestore={onRestore}
        onRestoreInPlace={onRestoreInPlace}
        comparing={comparing}
        onLeave={() => tabStop !== null && focusNode(tabStop)}
      />
      {comparing === undefined || comparing.state === null ? null : (
        <ComparePanel chains={chains} comparing={comparing} />
      )}
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
