import { CornerUpRight, File, FileQuestion, Folder } from "lucide-react";
import type { FileEntry, FileKind } from "@/server/domain/files";
import { t } from "../i18n/t";
import { formatBytes, formatExactBytes } from "../lib/format";
import { Table, Td, Th } from "../ui/table";
import { Time } from "../ui/time";
import { DownloadLink } from "./download-link";

const ICONS = { file: File, folder: Folder, link: CornerUpRight, other: FileQuestion } as const satisfies Record<
  FileKind,
  typeof File
>;

interface Row extends FileEntry {
  /** Folder that it lies in, by number. */
  folder: string;
  /** The same in words, for a search. */
  path?: string;
}

/** Files as a table; a folder is opened by its name, a file is downloaded, a link is only shown. */
export function EntryTable<R extends Row>({
  caption,
  rows,
  at,
  onOpen,
}: {
  caption: string;
  rows: readonly R[];
  at: { sessionId: number; volume: number };
  onOpen: (row: R) => void;
}) {
  return (
    <Table caption={caption}>
      <thead>
        <tr>
          <Th>{t("Name")}</Th>
          <Th className="text-end">{t("Size")}</Th>
          <Th>{t("Mode")}</Th>
          <Th>{t("Modified")}</Th>
          <Th>
            <span className="sr-only">{t("Download")}</span>
          </Th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={`${row.folder}/${row.address}/${row.name}`}>
            <Td className="max-w-96 min-w-40">
              <Name row={row} onOpen={() => onOpen(row)} />
              {row.path !== undefined && row.path !== "" && (
                <span className="block text-sm text-muted wrap-anywhere">{t("in {path}", { path: row.path })}</span>
              )}
            </Td>
            <Td className="text-end whitespace-nowrap tabular-nums">
              {row.kind === "file" && <span title={formatExactBytes(row.bytes)}>{formatBytes(row.bytes)}</span>}
            </Td>
            <Td>
              <code className="whitespace-nowrap">{row.mode}</code>
            </Td>
            <Td className="whitespace-nowrap">
              {row.modifiedAt === null ? t("unknown") : <Time at={row.modifiedAt} />}
            </Td>
            <Td className="text-end">
              {row.kind === "file" && <DownloadLink {...at} folder={row.folder} file={row.address} name={row.name} />}
              {row.kind === "folder" && (
                <DownloadLink {...at} folder={row.address} name={t("{name} as zip", { name: row.name })} />
              )}
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function Name({ row, onOpen }: { row: Row; onOpen: () => void }) {
  const Icon = ICONS[row.kind];
  const icon = <Icon aria-hidden className="size-4 shrink-0 text-muted" />;
  if (row.kind === "folder") {
    return (
      <button
        type="button"
        onClick={onOpen}
        className="inline-flex min-w-0 items-center gap-2 rounded text-start text-primary underline-offset-2 hover:underline"
      >
        {icon}
        <span className="wrap-anywhere">
          <bdi>{row.name}</bdi>
          <span className="sr-only">{t(", folder")}</span>
        </span>
      </button>
    );
  }
  return (
    <span className="inline-flex min-w-0 items-center gap-2">
      {icon}
      <span className="wrap-anywhere">
        <bdi>{row.name}</bdi>
        {row.target !== null && (
          <span className="text-muted">
            {" "}
            {t("(link to")} <bdi>{row.target}</bdi>)
          </span>
        )}
      </span>
    </span>
  );
}
