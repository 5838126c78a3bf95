"use client";

import { Command } from "cmdk";
import type { ReactNode } from "react";

const itemStyles =
  "flex min-h-9 cursor-default items-center gap-3 rounded-control px-2.5 select-none data-[selected=true]:bg-primary-tint data-[selected=true]:text-primary data-[disabled=true]:text-muted [&_svg]:size-4 [&_svg]:shrink-0";

/** One line of the palette. What cannot be chosen stays, with its reason in it. */
export function PaletteItem({
  value,
  keywords,
  isOff = false,
  onSelect,
  children,
}: {
  /** Names it among all lines, and what its letters are compared with. */
  value: string;
  /** Other words that find it. */
  keywords?: string[];
  isOff?: boolean;
  onSelect: () => void;
  children: ReactNode;
}) {
  return (
    <Command.Item
      value={value}
      {...(keywords === undefined ? {} : { keywords })}
      disabled={isOff}
      onSelect={onSelect}
      className={itemStyles}
    >
      {children}
    </Command.Item>
  );
}
