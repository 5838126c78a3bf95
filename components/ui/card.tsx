import { type ComponentProps, type ReactNode, useId } from "react";
import { cn } from "../lib/cn";

export interface CardProps extends Omit<ComponentProps<"section">, "title"> {
  title?: ReactNode;
  /** Beside the title, at the end. */
  actions?: ReactNode;
  /** No inner space: for tables and lists that reach the border. */
  isFlush?: boolean;
}

/** A flat panel with a border; with a title it is a named region. */
export function Card({ title, actions, isFlush = false, className, children, ...rest }: CardProps) {
  const id = useId();
  return (
    <section
      {...rest}
      aria-labelledby={title === undefined ? undefined : id}
      className={cn("card min-w-0 rounded-card border border-line bg-surface", className)}
    >
      {title === undefined ? null : (
        <div className="flex min-h-10 flex-wrap items-center justify-between gap-2 px-4 pt-3">
          <h2 id={id} className="text-md font-semibold">
            {title}
          </h2>
          {actions}
        </div>
      )}
      <div className={isFlush ? "pt-2" : "p-4"}>{children}</div>
    </section>
  );
}

/** Facts of an object as term and value pairs. */
export function Facts({
  items,
  className,
}: {
  items: readonly { label: string; value: ReactNode }[];
  className?: string;
}) {
  return (
    <dl className={cn("grid grid-cols-[minmax(7rem,max-content)_minmax(0,1fr)] gap-x-6 gap-y-2", className)}>
      {items.map((item) => (
        <div key={item.label} className="contents">
          <dt className="text-muted">{item.label}</dt>
          <dd className="wrap-anywhere [&_time_span]:whitespace-normal">{item.value}</dd>
        </div>
      ))}
    </dl>
  );
}
