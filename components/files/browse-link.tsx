import { FolderOpen } from "lucide-react";
import { t } from "../i18n/t";
import { ButtonLink } from "../ui/button";

/** Where the files of a point are browsed. */
export function filesHref(point: { imageId: number; incrementId: number }): string {
  return `/backups/${point.imageId}/files/${point.incrementId}`;
}

/** To the files of a point. */
export function BrowseLink({ imageId, incrementId }: { imageId: number; incrementId: number }) {
  return (
    <ButtonLink size="sm" href={filesHref({ imageId, incrementId })} data-testid="browse-files">
      <FolderOpen aria-hidden />
      {t("Browse files")}
    </ButtonLink>
  );
}
