"use client";

import { ChevronDown, ChevronRight } from "lucide-react";
import Link from "next/link";
import { useId, useState } from "react";
import { formatBytes } from "@/components/lib/format";
import { ChainBadge, ImageStateBadge } from "@/components/state-badge";
import { Td } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import type { Chain } from "@/server/domain/backup";
import { guestBytes, pointsText } from "./chain-facts";
import { PointTable } from "./point-table";

const COLUMNS = 9;

/** One backup image; the button opens its points below. */
export function BackupRow({ chain }: { chain: Chain }) {
  const [isOpen, setIsOpen] = useState(false);
  const pointsId = useId();
  const Chevron = isOpen ? ChevronDown : ChevronRight;
  const newest = chain.points.at(-1);
  const oldest = chain.points[0];
  return (
    <>
      <tr data-testid={`backup-${chain.imageId}`}>
        <th scope="row" className="h-(--row) border-b border-line px-3 py-1 text-start font-medium">
          <span className="flex items-center gap-1.5">
            <button
              type="button"
              aria-expanded={isOpen}
              aria-controls={isOpen ? pointsId : undefined}
              aria-label={`Points of backup ${chain.imageId} of ${chain.vmName}`}
              onClick={() => setIsOpen(!isOpen)}
              className="inline-flex size-7 shrink-0 items-center justify-center rounded-control hover:bg-neutral-tint"
            >
              <Chevron aria-hidden className="size-4" />
            </button>
            <Link href={`/backups/${chain.imageId}`} className="text-primary wrap-anywhere hover:underline">
              {chain.vmName} <span className="font-normal whitespace-nowrap text-muted">backup {chain.imageId}</span>
            </Link>
          </span>
        </th>
        <Td>
          <ImageStateBadge state={chain.state} />
          {chain.error !== null && <span className="block max-w-64 text-sm text-danger">{chain.error}</span>}
        </Td>
        <Td className="max-md:hidden">
          <ChainBadge isChain={chain.isChain} isOpen={chain.isOpen} />
        </Td>
        <Td className="whitespace-nowrap max-sm:hidden">{pointsText(chain)}</Td>
        <Td className="max-sm:hidden">{newest === undefined ? "–" : <Time at={newest.at} short />}</Td>
        <Td className="max-xl:hidden">{oldest === undefined ? "–" : <Time at={oldest.at} short isAbsoluteOnly />}</Td>
        <Td className="text-end whitespace-nowrap max-lg:hidden">{formatBytes(chain.storedBytes)}</Td>
        <Td className="text-end whitespace-nowrap max-xl:hidden">{formatBytes(guestBytes(chain))}</Td>
        <Td className="max-lg:hidden">
          <Link href={`/datastores/${chain.datastoreId}`} className="text-primary hover:underline">
            {chain.datastoreName}
          </Link>
        </Td>
      </tr>
      {isOpen && (
        <tr id={pointsId}>
          <td colSpan={COLUMNS} className="border-b border-line bg-bg p-2 sm:ps-10">
            <PointTable chains={[chain]} caption={`Points of backup ${chain.imageId}`} />
          </td>
        </tr>
      )}
    </>
  );
}
