import { formatBytes, formatExactBytes } from "@/components/lib/format";
import { restoreHref } from "@/components/restore/wizard-state";
import { PointTypeBadge, VerificationBadge } from "@/components/state-badge";
import { CopyButton } from "@/components/timeline/copy-button";
import { pointName } from "@/components/timeline/point-label";
import { ButtonLink } from "@/components/ui/button";
import { Table, Td, Th } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import type { Chain, RestorePoint } from "@/server/domain/backup";

/** The table twin of the timeline: every point, newest first, each with its restore. */
export function PointTable({ chains, caption }: { chains: readonly Chain[]; caption: string }) {
  const rows = chains
    .flatMap((chain) => chain.points.map((point) => ({ chain, point })))
    .sort((a, b) => b.point.at - a.point.at || b.point.incrementId - a.point.incrementId);
  return (
    <Table caption={caption}>
      <thead>
        <tr>
          <Th>Point</Th>
          <Th>Made</Th>
          <Th>Type</Th>
          <Th>Parent</Th>
          <Th className="text-end">Stored</Th>
          <Th className="text-end">Restore reads</Th>
          <Th>Verification</Th>
          <Th>Source</Th>
          <Th>
            <span className="sr-only">Actions</span>
          </Th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ chain, point }) => (
          <PointRow key={`${point.imageId}-${point.incrementId}`} chain={chain} point={point} />
        ))}
      </tbody>
    </Table>
  );
}

function PointRow({ chain, point }: { chain: Chain; point: RestorePoint }) {
  const { imageId, incrementId } = point;
  return (
    <tr data-testid={`point-row-${imageId}-${incrementId}`}>
      <th scope="row" className="h-(--row) border-b border-line px-3 text-start font-medium whitespace-nowrap">
        {pointName(point, chain)}
      </th>
      <Td>
        <Time at={point.at} short />
      </Td>
      <Td>
        <PointTypeBadge type={point.type} />
      </Td>
      <Td>{point.parentId < 0 ? "none" : point.parentId}</Td>
      <Td className="text-end whitespace-nowrap" title={formatExactBytes(point.storedBytes)}>
        {formatBytes(point.storedBytes)}
      </Td>
      <Td className="text-end whitespace-nowrap" title={formatExactBytes(point.restoreBytes)}>
        {formatBytes(point.restoreBytes)}
      </Td>
      <Td>
        <VerificationBadge verification={point.verification} />
      </Td>
      <Td>
        <span className="inline-flex items-center gap-1">
          <code className="max-w-28 truncate text-sm" title={point.source}>
            {point.source}
          </code>
          <CopyButton text={point.source} label={`Copy source of ${pointName(point, chain)}`} />
        </span>
      </Td>
      <Td className="text-end">
        {point.broken === null ? (
          <ButtonLink
            size="sm"
            href={restoreHref({ vmId: chain.vmId, imageId, incrementId })}
            aria-label={`Restore ${pointName(point, chain)}`}
          >
            Restore
          </ButtonLink>
        ) : (
          <span className="text-sm text-danger">✗ Cannot be restored: {point.broken}</span>
        )}
      </Td>
    </tr>
  );
}
