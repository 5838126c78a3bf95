"use client";

import { useQuery } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { useMemo, useState } from "react";
import { z } from "zod";
import { rich, t } from "../i18n/t";
import { EmptyState } from "../layout/empty-state";
import { ErrorState } from "../layout/error-state";
import { PageHeader } from "../layout/page-header";
import { Badge } from "../ui/badge";
import { Card } from "../ui/card";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { ApiOperation } from "./api-operation";

/** What the page reads of the OpenAPI document. */
const Json = z.record(z.string(), z.unknown());
const Parameter = z.object({
  name: z.string(),
  required: z.boolean(),
  schema: Json.optional(),
  content: z.object({ "application/json": z.object({ schema: Json }) }).optional(),
});
const Body = z.object({ content: z.object({ "application/json": z.object({ schema: Json }) }) });
const PathItem = z.object({
  summary: z.string(),
  "x-scope": z.enum(["read", "operate", "admin"]),
  parameters: z.array(Parameter).default([]),
  requestBody: Body.optional(),
  responses: z.object({ "200": Body }),
});
const Document = z.object({
  paths: z.record(z.string(), z.object({ get: PathItem.optional(), post: PathItem.optional() })),
  components: z.object({ schemas: z.record(z.string(), Json) }),
});

export interface ApiCall {
  method: "GET" | "POST";
  path: string;
  scope: z.infer<typeof PathItem>["x-scope"];
  parameters: z.infer<typeof Parameter>[];
  body: z.infer<typeof Json> | null;
  /** Of the answer; those it refers to by name are in `schemas`. */
  answer: z.infer<typeof Json>;
  schemas: Readonly<Record<string, z.infer<typeof Json>>>;
}

async function readCalls(): Promise<ApiCall[]> {
  const response = await fetch("/api/v1/openapi.json");
  if (!response.ok) throw new Error(`The document of the API was refused with status ${response.status}.`);
  const { paths, components } = Document.parse(await response.json());
  const { schemas } = components;
  return Object.entries(paths).flatMap(([path, { get, post }]) => {
    const item = get ?? post;
    if (item === undefined) return [];
    const body = item.requestBody?.content["application/json"].schema ?? null;
    const method = get === undefined ? "POST" : "GET";
    const answer = item.responses["200"].content["application/json"].schema;
    return [{ method, path, scope: item["x-scope"], parameters: item.parameters, body, answer, schemas } as const];
  });
}

/** The reference of `/api/v1`, made from its OpenAPI document: every call can be tried with a token. */
export function ApiReference() {
  const [search, setSearch] = useState("");
  const [token, setToken] = useState("");
  const query = useQuery({ queryKey: ["openapi"], queryFn: readCalls, staleTime: Number.POSITIVE_INFINITY });
  const shown = useMemo(() => {
    const words = search.trim().toLowerCase();
    return (query.data ?? []).filter((call) => call.path.toLowerCase().includes(words));
  }, [query.data, search]);
  return (
    <>
      <PageHeader
        title="HTTP API"
        summary={
          <>
            {rich(
              "For programs: JSON over HTTP, signed in by a token of your account. The same as a file: <link>openapi.json</link> (OpenAPI 3.1).",
              {
                link: (content) => (
                  <a href="/api/v1/openapi.json" className="text-primary underline">
                    {content}
                  </a>
                ),
              },
            )}
          </>
        }
      />
      <div className="space-y-4">
        <Card title={t("Try it")}>
          <div className="grid gap-4 md:grid-cols-2">
            <Field label={t("Token")} help={t("Stays in this page and is forgotten with it. Make one under Account.")}>
              {(control) => (
                <Input
                  {...control}
                  type="password"
                  autoComplete="off"
                  value={token}
                  onChange={(event) => setToken(event.target.value.trim())}
                />
              )}
            </Field>
            <Field label={t("Search")} help={t("A part of the address: vm, restore, list…")}>
              {(control) => (
                <Input {...control} type="search" value={search} onChange={(event) => setSearch(event.target.value)} />
              )}
            </Field>
          </div>
        </Card>
        {query.isPending ? <div className="skeleton h-64 rounded-card" /> : null}
        {query.error === null ? null : (
          <ErrorState error={query.error} what={t("the API's document")} onRetry={() => void query.refetch()} />
        )}
        {query.data !== undefined && shown.length === 0 ? (
          <EmptyState icon={Search} title={t("No call matches")}>
            {t("Search for a part of the address, as in vm/list.")}
          </EmptyState>
        ) : null}
        <ul className="space-y-2">
          {shown.map((call) => (
            <li key={call.path}>
              <details className="card rounded-card border border-line bg-surface">
                <summary className="flex cursor-pointer flex-wrap items-center gap-2 p-3">
                  <Badge tone={call.method === "GET" ? "neutral" : "primary"}>{call.method}</Badge>
                  <code className="min-w-0 break-all">/api/v1{call.path}</code>
                  <span className="ms-auto text-muted text-sm">{t("scope {scope}", { scope: call.scope })}</span>
                </summary>
                <ApiOperation call={call} token={token} />
              </details>
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}
