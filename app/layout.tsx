import type { Metadata, Viewport } from "next";
import { headers } from "next/headers";
import type { ReactNode } from "react";
import "./globals.css";
import { Providers } from "./providers";

export const metadata: Metadata = {
  title: { default: "Strata", template: "%s · Strata" },
  description: "Backs up and restores KVM virtual machines",
};

export const viewport: Viewport = { width: "device-width", initialScale: 1 };

/** The html shell of every page. The theme class is set by a script before paint, hence the suppressed warning. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  const nonce = (await headers()).get("x-nonce") ?? undefined;
  return (
    <html lang="en" suppressHydrationWarning>
      <body>
        <Providers nonce={nonce}>{children}</Providers>
      </body>
    </html>
  );
}
