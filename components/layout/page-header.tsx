import type { ReactNode } from "react";

export interface PageHeaderProps {
  title: ReactNode;
  /** The sentence an operator would say aloud: the answer before the evidence. */
  summary?: ReactNode;
  /** State of the object, beside the title. */
  badge?: ReactNode;
  actions?: ReactNode;
}

/** Top of a page: its one h1, the answer, and what can be done. */
export function PageHeader({ title, summary, badge, actions }: PageHeaderProps) {
  return (
    <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3 pt-4 pb-4">
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1 className="text-xl font-semibold wrap-anywhere">{title}</h1>
          {badge}
        </div>
        {summary === undefined ? null : <p className="mt-1 max-w-prose text-muted">{summary}</p>}
      </div>
      {actions === undefined ? null : <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </div>
  );
}
