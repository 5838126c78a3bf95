import type { ComponentProps } from "react";
import { cn } from "../lib/cn";
import { ScrollBox } from "./scroll-box";

/** A plain table for short lists; `caption` is its name, hidden from sight. Long lists use the data table. */
export function Table({ caption, className, children, ...rest }: ComponentProps<"table"> & { caption: string }) {
  return (
    <ScrollBox label={caption}>
      <table
        {...rest}
        className={cn("w-full border-collapse text-start [&_tbody_tr:last-child>*]:border-b-0", className)}
      >
        <caption className="sr-only">{caption}</caption>
        {children}
      </table>
    </ScrollBox>
  );
}

/** Column header. */
export function Th({ className, scope = "col", ...rest }: ComponentProps<"th">) {
  return (
    <th
      {...rest}
      scope={scope}
      className={cn(
        "h-(--row) border-b border-line px-3 text-start text-sm font-medium whitespace-nowrap text-muted",
        className,
      )}
    />
  );
}

/** Cell. */
export function Td({ className, ...rest }: ComponentProps<"td">) {
  return <td {...rest} className={cn("h-(--row) border-b border-line px-3 py-1 align-middle", className)} />;
}
