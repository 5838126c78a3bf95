/**
 * Headers that are the same for every response. The content security policy carries a fresh nonce each time,
 * so server/setup/serve.mjs sets it.
 */
const SECURITY_HEADERS = [
  { key: "X-Content-Type-Options", value: "nosniff" },
  { key: "X-Frame-Options", value: "DENY" },
  { key: "Referrer-Policy", value: "same-origin" },
  { key: "Cross-Origin-Opener-Policy", value: "same-origin" },
  { key: "Cross-Origin-Resource-Policy", value: "same-origin" },
  { key: "X-DNS-Prefetch-Control", value: "off" },
  {
    key: "Permissions-Policy",
    value: "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
  },
];

/** @type {import("next").NextConfig} */
export default {
  // Loaded by Node as they are: native or WebAssembly files, workers, or one instance shared by every bundle.
  serverExternalPackages: [
    "@dbos-inc/dbos-sdk",
    "@prisma/adapter-pg",
    "@prisma/client",
    "@prisma/schema-engine-wasm",
    "pg",
    "pino",
  ],
  poweredByHeader: false,
  devIndicators: false,
  reactStrictMode: true,
  typedRoutes: false,
  // `npm run check` type-checks; doing it again here would make each first start half a minute longer.
  typescript: { ignoreBuildErrors: true },
  outputFileTracingRoot: import.meta.dirname,
  turbopack: { root: import.meta.dirname },
  async headers() {
    return [{ source: "/:path*", headers: SECURITY_HEADERS }];
  },
};
