"use client";

import { Copy, Download, Link } from "lucide-react";
import { toast } from "sonner";
import type { LogLevel } from "@/server/domain/action";
import { t } from "../i18n/t";
import { saveTextFile } from "../lib/download";
import { Button } from "../ui/button";
import { Checkbox } from "../ui/checkbox";
import { Input } from "../ui/input";
import { Select } from "../ui/select";

const LEVELS: readonly { value: LogLevel; label: string }[] = [
  {
    value: "ERROR",
    get label() {
      return t("Errors only");
    },
  },
  {
    value: "WARN",
    get label() {
      return t("Warnings and errors");
    },
  },
  {
    value: "INFO",
    get label() {
      return t("Information");
    },
  },
  {
    value: "DEBUG",
    get label() {
      return t("Everything");
    },
  },
];

export interface LogToolbarProps {
  level: LogLevel;
  onLevelChange: (level: LogLevel) => void;
  search: string;
  onSearchChange: (search: string) => void;
  isWrapped: boolean;
  onWrappedChange: (isWrapped: boolean) => void;
  isFollowing: boolean;
  /** Null when the run is over: there is nothing to follow. */
  onFollowingChange: ((isFollowing: boolean) => void) | null;
  fileName: string;
  /** The whole log as text. */
  text: () => string;
  /** The address of the line that was chosen, or of the last one shown; null while there is none. */
  onLink: () => string | null;
}

/** Controls of the log. */
export function LogToolbar(props: LogToolbarProps) {
  return (
    <div className="mb-3 flex flex-wrap items-center gap-x-4 gap-y-2">
      <Select
        aria-label={t("Level")}
        className="w-auto"
        value={props.level}
        onChange={(event) =>
          props.onLevelChange(LEVELS.find((item) => item.value === event.target.value)?.value ?? "INFO")
        }
      >
        {LEVELS.map((item) => (
          <option key={item.value} value={item.value}>
            {item.label}
          </option>
        ))}
      </Select>
      <Input
        type="search"
        aria-label={t("Search the log")}
        placeholder={t("Search the log")}
        value={props.search}
        onChange={(event) => props.onSearchChange(event.target.value)}
        className="w-auto min-w-40 grow sm:max-w-64"
      />
      <Checkbox label={t("Wrap lines")} checked={props.isWrapped} onCheckedChange={props.onWrappedChange} />
      {props.onFollowingChange === null ? null : (
        <Checkbox label={t("Follow the end")} checked={props.isFollowing} onCheckedChange={props.onFollowingChange} />
      )}
      <div className="ms-auto flex flex-wrap gap-2">
        <Button
          size="sm"
          onClick={() => {
            const address = props.onLink();
            if (address !== null) void copyText(address, t("Link to the line copied"));
          }}
        >
          <Link aria-hidden /> {t("Copy link")}
        </Button>
        <Button size="sm" onClick={() => void copyText(props.text(), t("Log copied"))}>
          <Copy aria-hidden /> {t("Copy log")}
        </Button>
        <Button size="sm" onClick={() => saveTextFile(props.fileName, "text/plain", `${props.text()}\n`)}>
          <Download aria-hidden /> {t("Download log")}
        </Button>
      </div>
    </div>
  );
}

async function copyText(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast.success(done);
  } catch {
    toast.error(t("The browser did not allow copying. Use the download."));
  }
}
