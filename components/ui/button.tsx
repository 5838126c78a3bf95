"use client";

import { cva, type VariantProps } from "class-variance-authority";
import { Loader2 } from "lucide-react";
import Link from "next/link";
import type { ComponentProps, ReactNode } from "react";
import { cn } from "../lib/cn";
import { ReasonTooltip } from "./reason-tooltip";

export const buttonStyles = cva(
  "inline-flex items-center justify-center gap-2 rounded-control border text-base font-medium whitespace-nowrap select-none aria-disabled:cursor-not-allowed aria-disabled:opacity-60 disabled:cursor-not-allowed disabled:opacity-60 [&_svg]:size-4 [&_svg]:shrink-0",
  {
    variants: {
      variant: {
        primary: "border-primary bg-primary text-on-primary hover:not-aria-disabled:brightness-110",
        secondary: "border-control bg-surface text-text hover:not-aria-disabled:bg-neutral-tint",
        ghost: "border-transparent bg-transparent text-text hover:not-aria-disabled:bg-neutral-tint",
        danger: "border-danger bg-danger text-on-danger hover:not-aria-disabled:brightness-110",
        "danger-outline": "border-danger bg-surface text-danger hover:not-aria-disabled:bg-danger-tint",
      },
      size: { md: "h-9 px-3", sm: "h-7 px-2 text-sm", icon: "size-9 p-0", "icon-sm": "size-7 p-0" },
    },
    defaultVariants: { variant: "secondary", size: "md" },
  },
);

type Looks = VariantProps<typeof buttonStyles>;

export interface ButtonProps extends Omit<ComponentProps<"button">, "disabled">, Looks {
  /** Shows a spinner and ignores clicks until the work is over. */
  isBusy?: boolean;
  /** Why the button cannot be used now; null or undefined enables it. A button is never disabled without a reason. */
  disabledReason?: string | null | undefined;
  children?: ReactNode;
}

/** The button. It stays focusable when disabled, so that its reason can be read by everyone. */
export function Button({
  variant,
  size,
  isBusy = false,
  disabledReason,
  className,
  children,
  onClick,
  ...rest
}: ButtonProps) {
  const isOff = isBusy || (disabledReason !== null && disabledReason !== undefined);
  return (
    <ReasonTooltip reason={disabledReason}>
      <button
        type="button"
        {...rest}
        aria-disabled={isOff || undefined}
        aria-busy={isBusy || undefined}
        className={cn(buttonStyles({ variant, size }), className)}
        onClick={(event) => {
          if (isOff) event.preventDefault();
          else onClick?.(event);
        }}
      >
        {isBusy ? <Loader2 aria-hidden className="animate-spin" /> : null}
        {children}
      </button>
    </ReasonTooltip>
  );
}

/** A link that looks like a button: for going somewhere, not for doing something. */
export function ButtonLink({ variant, size, className, ...rest }: ComponentProps<typeof Link> & Looks) {
  return <Link {...rest} className={cn(buttonStyles({ variant, size }), className)} />;
}
