"use client";

import { Menu as Base } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import Link from "next/link";
import { type ReactElement, type ReactNode, useId } from "react";
import { cn } from "../lib/cn";

const itemStyles =
  "flex min-h-8 w-full cursor-default items-center gap-2 rounded px-2 py-1 text-start text-base select-none data-highlighted:bg-primary-tint data-highlighted:text-primary [&_svg]:size-4 [&_svg]:shrink-0";

/** A button that opens a list of actions. `trigger` is the button element. */
export function Menu({
  trigger,
  children,
  align = "end",
}: {
  trigger: ReactElement;
  children: ReactNode;
  align?: "start" | "end";
}) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} sideOffset={6} className="z-50 outline-none">
          <Base.Popup className="max-h-(--available-height) min-w-48 overflow-y-auto rounded-card border border-line bg-raised p-1 text-text shadow-raised outline-none">
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

export interface MenuItemProps {
  onSelect: () => void;
  children: ReactNode;
  isDanger?: boolean;
  /** Why it cannot be chosen; shown as a second line. */
  disabledReason?: string | null | undefined;
}

/** An action. When it cannot be chosen it stays in the list with its reason. */
export function MenuItem({ onSelect, children, isDanger = false, disabledReason }: MenuItemProps) {
  const id = useId();
  const isOff = disabledReason !== null && disabledReason !== undefined;
  return (
    <Base.Item
      aria-disabled={isOff || undefined}
      aria-describedby={isOff ? id : undefined}
      closeOnClick={!isOff}
      onClick={() => {
        if (!isOff) onSelect();
      }}
      className={cn(itemStyles, isDanger && "text-danger data-highlighted:bg-danger-tint data-highlighted:text-danger")}
    >
      <span className="min-w-0">
        <span className={cn("flex items-center gap-2", isOff && "opacity-60")}>{children}</span>
        {isOff ? (
          <span id={id} className="block max-w-72 text-sm text-muted">
            {disabledReason}
          </span>
        ) : null}
      </span>
    </Base.Item>
  );
}

/** An item that goes to a page. */
export function MenuLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Base.LinkItem closeOnClick className={itemStyles} render={<Link href={href} />}>
      {children}
    </Base.LinkItem>
  );
}

/** One of several values; the present one is ticked. */
export function MenuChoices<V extends string>({
  label,
  value,
  options,
  onValueChange,
}: {
  label: string;
  value: V;
  options: readonly { value: V; label: ReactNode }[];
  onValueChange: (value: V) => void;
}) {
  return (
    <Base.RadioGroup
      value={value}
      onValueChange={(next: unknown) => {
        const option = options.find((item) => item.value === next);
        if (option !== undefined) onValueChange(option.value);
      }}
      aria-label={label}
    >
      <MenuLabel>{label}</MenuLabel>
      {options.map((option) => (
        <Base.RadioItem key={option.value} value={option.value} closeOnClick className={itemStyles}>
          <span className="flex w-4">
            <Base.RadioItemIndicator>
              <Check aria-hidden />
            </Base.RadioItemIndicator>
          </span>
          {option.label}
        </Base.RadioItem>
      ))}
    </Base.RadioGroup>
  );
}

/** Text between groups of items. */
export function MenuLabel({ children }: { children: ReactNode }) {
  return <div className="px-2 pt-1.5 pb-1 text-xs text-muted">{children}</div>;
}

/** A line between groups of items. */
export function MenuSeparator() {
  return <Base.Separator className="my-1 h-px bg-line" />;
}
