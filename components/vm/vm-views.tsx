"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Bookmark, X } from "lucide-react";
import { useState } from "react";
import { rich, t } from "@/components/i18n/t";
import { errorMessage } from "@/components/lib/error-message";
import { useTRPC } from "@/components/trpc/client";
import { Button } from "../ui/button";
import { Input } from "../ui/input";
import { Notice } from "../ui/notice";
import { Popover } from "../ui/popover";

/** Searches that everybody has. */
const PRESETS = [
  { name: "Unprotected", query: "status:never" },
  { name: "Late", query: "status:late" },
  { name: "Failing", query: "status:failing" },
  { name: "Chain over 14", query: "chain:>14" },
  { name: "No job", query: "job:none" },
  { name: "Left out", query: "excluded:yes" },
  { name: "Mine", query: "owner:me" },
] as const;

/** Searches with a name: those that everybody has, and one's own, kept on the server. */
export function VmViews({ search, onSearch }: { search: string; onSearch: (search: string) => void }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const views = useQuery(trpc.view.list.queryOptions({ list: "vms" }));
  const refresh = { onSuccess: () => client.invalidateQueries(trpc.view.pathFilter()) };
  const remove = useMutation(trpc.view.delete.mutationOptions(refresh));
  return (
    <Popover
      trigger={
        <Button>
          <Bookmark aria-hidden />
          {t("Views")}
        </Button>
      }
      title={t("Views of this list")}
    >
      <ul className="flex flex-wrap gap-1.5">
        {PRESETS.map((view) => (
          <li key={view.name}>
            <Button size="sm" aria-pressed={search === view.query} onClick={() => onSearch(view.query)}>
              {view.name}
            </Button>
          </li>
        ))}
      </ul>
      <h3 className="mt-3 mb-1 font-medium">{t("Yours")}</h3>
      {views.data === undefined || views.data.length === 0 ? (
        <p className="text-muted">{t("None yet. Search for something, then keep it here under a name.")}</p>
      ) : (
        <ul>
          {views.data.map((view) => (
            <li key={view.id} className="flex items-center gap-2">
              <button
                type="button"
                className="min-h-8 min-w-0 grow truncate rounded-control px-1.5 text-start hover:bg-primary-tint"
                title={view.query}
                onClick={() => onSearch(view.query)}
              >
                {view.name} <span className="text-sm text-muted">{view.query}</span>
              </button>
              <Button
                size="icon-sm"
                variant="ghost"
                aria-label={t("Delete view {name}", { name: view.name })}
                onClick={() => remove.mutate({ viewId: view.id })}
              >
                <X aria-hidden />
              </Button>
            </li>
          ))}
        </ul>
      )}
      <SaveView search={search} onSaved={refresh.onSuccess} />
      <QueryHelp />
    </Popover>
  );
}

function SaveView({ search, onSaved }: { search: string; onSaved: () => Promise<void> }) {
  const trpc = useTRPC();
  const [name, setName] = useState("");
  const save = useMutation(
    trpc.view.save.mutationOptions({
      onSuccess: async () => {
        setName("");
        await onSaved();
      },
    }),
  );
  if (search === "") return null;
  return (
    <form
      className="mt-2"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({ list: "vms", name, query: search });
      }}
    >
      <div className="flex gap-2">
        <Input
          aria-label={t("Name for this search")}
          placeholder={t("Name for this search")}
          maxLength={60}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Button
          type="submit"
          isBusy={save.isPending}
          disabledReason={name.trim() === "" ? t("Give it a name first.") : null}
        >
          {t("Keep")}
        </Button>
      </div>
      {save.error === null ? null : (
        <Notice tone="danger" className="mt-2" isAlert>
          {errorMessage(save.error)}
        </Notice>
      )}
    </form>
  );
}

/** The syntax of the search, where it is used. */
function QueryHelp() {
  return (
    <div className="mt-3 border-t border-line pt-2 text-sm text-muted">
      <p>
        {rich(
          "Type words, or conditions: {code} {code2} {code3} {code4} {code5} {code6} {code7} {code8} {value} {code9}.",
          {
            code: <code>status:late</code>,
            code2: <code>job:nightly</code>,
            code3: <code>job:none</code>,
            code4: <code>owner:me</code>,
            code5: <code>host:kvm-03</code>,
            code6: <code>label:gold</code>,
            code7: <code>disk:raw</code>,
            code8: <code>mode:full</code>,
            value: <code>{"chain:>14"}</code>,
            code9: <code>excluded:yes</code>,
          },
        )}
      </p>
      <p className="mt-1">
        {rich("A {code} in front turns one round, quotes hold spaces together, {code2} is that name alone.", {
          code: <code>-</code>,
          code2: <code>job:=nightly</code>,
        })}
      </p>
    </div>
  );
}
