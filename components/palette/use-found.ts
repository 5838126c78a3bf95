"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { FoundObject } from "@/server/domain/search";
import { useSettled } from "../hooks/use-settled";
import { useZone } from "../hooks/use-zone";
import { useTRPC } from "../trpc/client";
import { parseCommand, type TypedCommand } from "./command-text";

const TYPING_MS = 150;

interface Found {
  command: TypedCommand;
  /** Objects that fit, those first that fit best. */
  objects: FoundObject[];
  /** They are those of what is typed now, not of what was typed a moment ago. */
  isCurrent: boolean;
  isFetching: boolean;
  error: unknown;
}

/** What the palette finds for a text, taken apart into what is to be done, with what, and as of when. */
export function useFound(text: string): Found {
  const trpc = useTRPC();
  const { zone } = useZone();
  const [now] = useState(() => Date.now());
  const command = parseCommand(text, { now, zone });
  const name = command.name.slice(0, 100);
  const asked = useSettled(name, TYPING_MS);
  const found = useQuery({
    ...trpc.system.find.queryOptions({ text: asked }, { placeholderData: keepPreviousData }),
    enabled: asked !== "",
  });
  return {
    command,
    objects: asked === "" || name === "" ? [] : (found.data ?? []),
    isCurrent: asked === name && !found.isPlaceholderData,
    isFetching: found.isFetching || asked !== name,
    error: asked === "" ? null : found.error,
  };
}
