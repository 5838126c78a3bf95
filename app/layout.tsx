import type { Metadata, Viewport } from "next";
import { headers } from "next/headers";
import type { ReactNode } from "react";
import { catalogueSrc, locale, t, words } from "@/components/i18n/t";
import "./globals.css";
import { Providers } from "./providers";

export const metadata: Metadata = {
  title: words({ default: "Strata", template: "%s · Strata" }),
  get description() {
    return t("Backs up and restores KVM virtual machines");
  },
};

export const viewport: Viewport = { width: "device-width", initialScale: 1 };

/** The html shell of every page. The theme class is set by a script before paint, hence the suppressed warning. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  const nonce = (await headers()).get("x-nonce") ?? undefined;
  const src = catalogueSrc();
  return (
    <html lang={locale()} suppressHydrationWarning>
      {src === null ? null : (
        <head>
          {/* Not async: the catalogue is there before React takes the page over. A browser hides the nonce from React. */}
          <script src={src} nonce={nonce} suppressHydrationWarning />
        </head>
      )}
      <body>
        <Providers nonce={nonce}>{children}</Providers>
      </body>
    </html>
  );
}
