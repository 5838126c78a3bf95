import { CopyButton } from "@/components/timeline/copy-button";
import type { RestoreRequest } from "@/server/domain/restore";
import { apiCallText, cliText } from "./call-text";

/** The same restore as a command and as an API call, to keep or to script. */
export function CopyCalls({ request }: { request: RestoreRequest }) {
  return (
    <details className="rounded-card border border-line bg-surface p-4">
      <summary className="font-medium">The same as a command or an API call</summary>
      <Call title="Command line" text={cliText(request)} />
      <Call title="API call" text={apiCallText(request)} />
    </details>
  );
}

function Call({ title, text }: { title: string; text: string }) {
  return (
    <div className="mt-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <span className="text-sm text-muted">{title}</span>
        <CopyButton text={text} label={`Copy: ${title}`}>
          Copy
        </CopyButton>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area must be reachable by keyboard. */}
      <pre tabIndex={0} className="mt-1 overflow-x-auto rounded-control bg-neutral-tint p-2 text-sm">
        {text}
      </pre>
    </div>
  );
}
