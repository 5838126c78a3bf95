import { Download } from "lucide-react";
import { t } from "../i18n/t";
import { buttonStyles } from "../ui/button";

/** A file, or without `file` the whole folder: a plain link, so that the browser downloads it as it comes. */
export function DownloadLink(props: {
  sessionId: number;
  volume: number;
  folder: string;
  file?: string;
  name: string;
  isArchive?: boolean;
}) {
  const query = new URLSearchParams({ folder: props.folder, file: props.file ?? "" });
  const isArchive = props.isArchive === true;
  return (
    <a
      href={`/api/files/${props.sessionId}/${props.volume}?${query}`}
      download
      className={buttonStyles({ size: isArchive ? "md" : "icon-sm" })}
      aria-label={t("Download {name}", { name: props.name })}
      title={t("Download {name}", { name: props.name })}
    >
      <Download aria-hidden />
      {isArchive && t("Download as tar")}
    </a>
  );
}
