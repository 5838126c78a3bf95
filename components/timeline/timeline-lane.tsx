"use client";

import type { KeyboardEvent } from "react";
import { useZone } from "@/components/hooks/use-zone";
import { t } from "@/components/i18n/t";
import { cn } from "@/components/lib/cn";
import { formatBytes, formatDateTime } from "@/components/lib/format";
import { ChainHeader } from "./chain-header";
import { type CompareState, compareLetter } from "./compare-state";
import { BucketGlyph, PointGlyph } from "./point-glyph";
import { pointLabel } from "./point-label";
import type { PointRef } from "./point-ref";
import { type BucketNode, HIT_TARGET_PX, type Lane, type TimelineNode } from "./timeline-geometry";

const LANE_PX = 68;
const CENTRE_PX = 34;
/** Tall enough to hold the verification mark above the glyph. */
const OPTION_PX = 56;

export interface LaneEvents {
  onChoose: (node: TimelineNode) => void;
  onHover: (node: TimelineNode | null) => void;
  onKeyDown: (event: KeyboardEvent, node: TimelineNode) => void;
}

interface TimelineLaneProps extends LaneEvents {
  lane: Lane;
  widthPx: number;
  selected: PointRef | null;
  /** What is marked for comparison. */
  compared: CompareState | null;
  /** The page is there to look after chains, not only to choose a point. */
  isManaging: boolean;
  /** Key of the one node that Tab reaches. */
  tabStop: string | null;
  /** An older chain exists below: this one began with a reset. */
  isAfterReset: boolean;
}

/** One chain: a listbox of its points over the drawing of their parent links. */
export function TimelineLane({ lane, widthPx, isAfterReset, ...rest }: TimelineLaneProps) {
  const { selected, compared, isManaging, tabStop, ...events } = rest;
  const { chain, nodes, hiddenCount } = lane;
  return (
    <div className="border-b last:border-b-0">
      <ChainHeader chain={chain} hiddenCount={hiddenCount} hasHealth={isManaging} />
      {nodes.length > 0 && (
        <div
          role="listbox"
          aria-label={t("Restore points of chain {imageId}", { imageId: chain.imageId })}
          aria-orientation="horizontal"
          className="relative"
          style={{ width: widthPx, height: LANE_PX }}
        >
          <LaneLines nodes={nodes} widthPx={widthPx} isAfterReset={isAfterReset} />
          {nodes.map((node) => (
            <NodeOption
              key={node.key}
              node={node}
              chain={chain}
              isSelected={isNodeSelected(node, selected)}
              letter={node.kind === "point" ? compareLetter(compared, node.point) : null}
              isTabStop={node.key === tabStop}
              {...events}
            />
          ))}
        </div>
      )}
    </div>
  );
}

function isNodeSelected(node: TimelineNode, selected: PointRef | null): boolean {
  if (selected === null) return false;
  const points = node.kind === "point" ? [node.point] : node.points;
  return points.some((point) => point.imageId === selected.imageId && point.incrementId === selected.incrementId);
}

interface NodeOptionProps extends LaneEvents {
  node: TimelineNode;
  chain: Lane["chain"];
  isSelected: boolean;
  /** Its place in the comparison. */
  letter: "A" | "B" | null;
  isTabStop: boolean;
}

function NodeOption({ node, chain, isSelected, letter, isTabStop, onChoose, onHover, onKeyDown }: NodeOptionProps) {
  const { zone } = useZone();
  const label = node.kind === "point" ? pointLabel(node.point, chain, zone) : bucketLabel(node, zone);
  const marked = letter === null ? "" : t(", marked {letter} for comparison", { letter });
  return (
    <div
      role="option"
      id={`timeline-node-${node.key}`}
      aria-label={`${label}${marked}`}
      aria-selected={isSelected}
      tabIndex={isTabStop ? 0 : -1}
      data-testid={node.kind === "point" ? `point-${node.key}` : node.key}
      className={cn(
        "absolute flex cursor-pointer items-center justify-center rounded-control hover:bg-primary-tint focus-visible:z-10",
        isSelected && "bg-primary-tint outline-2 outline-primary outline-offset-0",
      )}
      style={{
        left: node.x - HIT_TARGET_PX / 2,
        top: CENTRE_PX - OPTION_PX / 2,
        width: HIT_TARGET_PX,
        height: OPTION_PX,
      }}
      onClick={() => onChoose(node)}
      onPointerEnter={() => onHover(node)}
      onPointerLeave={() => onHover(null)}
      onKeyDown={(event) => onKeyDown(event, node)}
    >
      {letter === null ? null : (
        <span aria-hidden className="absolute -end-0.5 bottom-0.5 text-xs leading-none font-semibold text-text">
          {letter}
        </span>
      )}
      {node.kind === "point" ? (
        <PointGlyph point={node.point} size={node.size} />
      ) : (
        <BucketGlyph count={node.points.length} smallest={node.smallest} />
      )}
    </div>
  );
}

function bucketLabel(node: BucketNode, zone: string): string {
  const sizes = node.points.map((point) => point.storedBytes);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const range = t("each {min} to {max}", {
    min: formatBytes(Math.min(...sizes)),
    max: formatBytes(Math.max(...sizes)),
  });
  return t("{pointsCount} points until {at}, {bytes} in all, {range}. Enter shows that time.", {
    pointsCount: node.points.length,
    at: formatDateTime(node.at, zone),
    bytes: formatBytes(bytes),
    range,
  });
}

/** Parent links, the broken edge of a reset, and a thin lead from each moved-apart glyph to its true time. */
function LaneLines({
  nodes,
  widthPx,
  isAfterReset,
}: {
  nodes: readonly TimelineNode[];
  widthPx: number;
  isAfterReset: boolean;
}) {
  const [first] = nodes;
  const beginsHere = first?.kind === "point" && first.position === 0;
  return (
    <svg
      aria-hidden="true"
      width={widthPx}
      height={LANE_PX}
      className="absolute inset-0 text-control"
      stroke="currentColor"
      fill="none"
    >
      {nodes.slice(1).map((node, index) => (
        <line
          key={node.key}
          x1={nodes[index]?.x ?? node.x}
          x2={node.x}
          y1={CENTRE_PX}
          y2={CENTRE_PX}
          strokeWidth={1.5}
        />
      ))}
      {first !== undefined && beginsHere && isAfterReset && (
        <path d={`M${first.x - first.size / 2 - 20} ${CENTRE_PX}h6m3 -5l-3 10m6 -10l-3 10m2 -5h5`} strokeWidth={1.5} />
      )}
      {nodes.map((node) => (
        <polyline
          key={node.key}
          points={`${node.x},${CENTRE_PX + 14} ${node.trueX},${LANE_PX - 6} ${node.trueX},${LANE_PX}`}
          strokeWidth={1}
          opacity={0.6}
        />
      ))}
    </svg>
  );
}
