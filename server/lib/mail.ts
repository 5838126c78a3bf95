import { createTransport } from "nodemailer";

export interface MailServer {
  host: string;
  port: number;
  /** `starttls`: refused when the server does not offer it. */
  security: "none" | "starttls" | "tls";
  /** Empty: no sign-in. */
  user: string;
  password: string;
}

export interface Mail {
  from: string;
  to: readonly string[];
  subject: string;
  text: string;
  /** The same for each try of one delivery; a receiver shows a repeat once. */
  messageId: string;
}

/**
 * Hand one plain text message to an SMTP server; resolves when the server has accepted it for every recipient.
 * @throws Error with the server's or the connection's words; never with the password
 */
export async function sendMail(server: MailServer, mail: Mail, timeoutMs: number): Promise<void> {
  const transport = createTransport({
    host: server.host,
    port: server.port,
    secure: server.security === "tls",
    requireTLS: server.security === "starttls",
    ignoreTLS: server.security === "none",
    ...(server.user === "" ? {} : { auth: { user: server.user, pass: server.password } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    // A message is text of ours: no part of it is read from a file or fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    const { rejected } = await transport.sendMail({ ...mail, to: [...mail.to] });
    if (rejected.length > 0) throw new Error(`Not accepted for ${rejected.map(String).join(", ")}.`);
  } finally {
    transport.close();
  }
}
