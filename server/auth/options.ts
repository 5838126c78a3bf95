import type { NextAuthOptions } from "next-auth";
import CredentialsProvider from "next-auth/providers/credentials";
import { getCore } from "../core/runtime";
import { signIn } from "../core/user/sign-in";
import { appError } from "../domain/errors";

const SESSION_SECONDS = 12 * 60 * 60; // a shift; idle browsers are signed out after it

/** Sign-in by the same users and passwords as the API. The session holds the user id; rights are read at each call. */
export const authOptions: NextAuthOptions = {
  session: { strategy: "jwt", maxAge: SESSION_SECONDS },
  pages: { signIn: "/login" },
  providers: [
    CredentialsProvider({
      name: "Strata",
      credentials: { name: { label: "User name", type: "text" }, password: { label: "Password", type: "password" } },
      async authorize(credentials, request) {
        const core = getCore();
        if (core === null) throw appError("CORE_NOT_READY");
        const address: unknown = request.headers?.["x-strata-client"];
        const { actor, fingerprint } = await signIn(core, {
          name: credentials?.name ?? "",
          password: credentials?.password ?? "",
          address: typeof address === "string" ? address : "unknown",
          by: "browser",
        });
        return { id: String(actor.userId), name: actor.name, fingerprint };
      },
    }),
  ],
  callbacks: {
    jwt({ token, user }) {
      if (user === undefined) return token;
      return { ...token, sub: user.id, fingerprint: "fingerprint" in user ? user.fingerprint : "" };
    },
    session({ session, token }) {
      return { ...session, userId: Number(token.sub ?? "-1"), fingerprint: token["fingerprint"] };
    },
  },
};
