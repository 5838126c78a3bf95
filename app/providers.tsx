"use client";

import { Tooltip } from "@base-ui/react/tooltip";
import { ThemeProvider } from "next-themes";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import type { ReactNode } from "react";
import { THEME_CLASSES } from "@/components/layout/themes";
import { ApiProvider } from "@/components/trpc/client";
import { Toasts } from "@/components/ui/toasts";

/** Everything that needs the browser and surrounds every page. `nonce` lets the theme script pass the security policy. */
export function Providers({ children, nonce }: { children: ReactNode; nonce: string | undefined }) {
  return (
    <ThemeProvider
      attribute="class"
      defaultTheme="system"
      enableSystem
      themes={THEME_CLASSES}
      disableTransitionOnChange
      {...(nonce === undefined ? {} : { nonce })}
    >
      <NuqsAdapter>
        <ApiProvider>
          <Tooltip.Provider delay={300}>{children}</Tooltip.Provider>
        </ApiProvider>
      </NuqsAdapter>
      <Toasts />
    </ThemeProvider>
  );
}
