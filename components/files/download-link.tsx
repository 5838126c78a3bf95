import { Download } from "lucide-react";
import type { ArchiveFormat } from "@/server/domain/files";
import { t } from "../i18n/t";
import { buttonStyles } from "../ui/button";

interface FolderProps {
  sessionId: number;
  volume: number;
  folder: string;
}

function href({ sessionId, volume, ...query }: FolderProps & { file?: string; format?: ArchiveFormat }): string {
  return `/api/files/${sessionId}/${volume}?${new URLSearchParams(query)}`;
}

/** One file, or without `file` the folder as zip: a plain link, so that the browser downloads it as it comes. */
export function DownloadLink({ name, ...props }: FolderProps & { file?: string; name: string }) {
  return (
    <a
      href={href(props)}
      download
      className={buttonStyles({ size: "icon-sm" })}
      aria-label={t("Download {name}", { name })}
      title={t("Download {name}", { name })}
    >
      <Download aria-hidden />
    </a>
  );
}

/** The folder that is open, in the format of choice. */
export function FolderDownload(props: FolderProps) {
  return (
    <div className="flex flex-wrap gap-2">
      <a href={href({ ...props, format: "zip" })} download className={buttonStyles({})} data-testid="folder-zip">
        <Download aria-hidden />
        {t("Download folder as zip")}
      </a>
      <a href={href({ ...props, format: "tar" })} download className={buttonStyles({})} data-testid="folder-tar">
        <Download aria-hidden />
        {t("Download folder as tar")}
      </a>
    </div>
  );
}
