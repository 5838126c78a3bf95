"use client";

import { useState } from "react";
import { t } from "../i18n/t";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { ScrollBox } from "../ui/scroll-box";
import type { ApiCall } from "./api-reference";

const MAX_SHOWN = 20_000;

/** One call of the API: what it takes, how it looks in a shell, and a try with the token. */
export function ApiOperation({ call, token }: { call: ApiCall; token: string }) {
  const [values, setValues] = useState<Record<string, string>>({});
  const [body, setBody] = useState(() => (call.body === null ? "" : example(call.body)));
  const [answer, setAnswer] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const given = Object.entries(values).filter(([, value]) => value !== "");
  const address = `/api/v1${call.path}${given.length === 0 ? "" : `?${new URLSearchParams(given)}`}`;

  async function send() {
    setBusy(true);
    try {
      const response = await fetch(address, {
        method: call.method,
        credentials: "omit",
        headers: {
          authorization: `Bearer ${token}`,
          ...(call.body === null ? {} : { "content-type": "application/json" }),
        },
        ...(call.body === null ? {} : { body }),
      });
      setAnswer(`${response.status}\n${pretty(await response.text()).slice(0, MAX_SHOWN)}`);
    } catch (error) {
      setAnswer(t("The call failed: {message}", { message: error instanceof Error ? error.message : String(error) }));
    } finally {
      setBusy(false);
    }
  }

  return (
    <div className="grid gap-4 border-line border-t p-3">
      {call.parameters.map(({ name, required, schema, content }) => (
        <Field
          key={name}
          label={name}
          help={typeText(schema ?? content?.["application/json"].schema ?? {})}
          isRequired={required}
        >
          {(control) => (
            <Input
              {...control}
              value={values[name] ?? ""}
              onChange={(event) => setValues({ ...values, [name]: event.target.value })}
            />
          )}
        </Field>
      ))}
      {call.body === null ? null : (
        <>
          <Field label={t("Input")} help="JSON">
            {(control) => (
              <textarea
                {...control}
                rows={Math.min(16, body.split("\n").length + 1)}
                spellCheck={false}
                className="w-full rounded-control border border-control bg-surface p-2 font-mono text-sm"
                value={body}
                onChange={(event) => setBody(event.target.value)}
              />
            )}
          </Field>
          <SchemaText label={t("Schema of the input")} text={JSON.stringify(call.body, null, 2)} />
        </>
      )}
      <SchemaText label={t("Schema of the answer")} text={answerText(call)} />
      <ScrollBox label={t("The call in a shell")} className="rounded border border-line">
        <pre className="p-2 text-xs">{shellLine(call, address, body)}</pre>
      </ScrollBox>
      <div>
        <Button
          isBusy={isBusy}
          disabledReason={token === "" ? t("Give a token above first.") : null}
          onClick={() => void send()}
        >
          {t("Send")}
        </Button>
      </div>
      <div role="status">
        {answer === null ? null : (
          <ScrollBox label={t("Answer")} className="rounded border border-line">
            <pre className="p-2 text-xs">{answer}</pre>
          </ScrollBox>
        )}
      </div>
    </div>
  );
}

function SchemaText({ label, text }: { label: string; text: string }) {
  return (
    <details>
      <summary className="cursor-pointer text-muted text-sm">{label}</summary>
      <ScrollBox label={label}>
        <pre className="p-2 text-xs">{text}</pre>
      </ScrollBox>
    </details>
  );
}

/** The schema of the answer, then the named ones that it refers to directly. */
function answerText({ answer, schemas }: ApiCall): string {
  const own = JSON.stringify(answer, null, 2);
  const names = new Set([...own.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name ?? ""));
  return [own, ...[...names].map((name) => `${name}: ${JSON.stringify(schemas[name] ?? {}, null, 2)}`)].join("\n\n");
}

function shellLine(call: ApiCall, address: string, body: string): string {
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  // Not a text.
  const line = `curl -H "Authorization: Bearer $TOKEN" ${quote(`${globalThis.location?.origin ?? ""}${address}`)}`;
  if (call.method === "GET") return line;
  if (call.body === null) return `${line} -X POST`;
  // Not a text.
  return `${line} -H 'Content-Type: application/json' -d ${quote(body)}`;
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** The properties that must be there, with a value of their type. */
function example(schema: Record<string, unknown>): string {
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const properties = Object(schema["properties"]);
  const entries = required.map((name) => [name, exampleOf(Object(properties[String(name)]))]);
  return JSON.stringify(Object.fromEntries(entries), null, 2);
}

function exampleOf(schema: Record<string, unknown>): unknown {
  if (schema["default"] !== undefined) return schema["default"];
  if (Array.isArray(schema["enum"])) return schema["enum"][0];
  const byType: Record<string, unknown> = { integer: 0, number: 0, boolean: false, array: [], object: {}, string: "" };
  return byType[String(schema["type"])] ?? null;
}

function typeText(schema: Record<string, unknown>): string {
  const { type, enum: words, minimum, maximum } = schema;
  if (Array.isArray(words)) return words.join(", ");
  const bounds =
    minimum === undefined
      ? ""
      : t(" from {minimum}{noMaximum, select, yes {} other { to {maximum}}}", {
          minimum: String(minimum),
          noMaximum: maximum === undefined ? "yes" : "no",
          maximum: String(maximum),
        });
  return `${typeof type === "string" ? type : "JSON"}${bounds}`;
}
