"use client";

import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { LiveMessage } from "@/server/domain/event";
import { patchProgress } from "../lib/live-progress";
import { queriesOfTopic } from "../lib/live-topics";
import { useTRPCClient } from "../trpc/client";
import { liveHeard, liveLost } from "./live-status";

/** Reads again at most this often however many events come in. */
const FLUSH_MS = 250;
/** Two heartbeats (10 s each) and some air. */
const SILENCE_MS = 25_000;
const RECONNECT_MS = 3_000;
const NAME = "strata-live";

interface Tracked {
  id: string;
  data: LiveMessage;
}
type Client = ReturnType<typeof useTRPCClient>;

/**
 * Keeps the query cache in step with the core: one event stream for all tabs of this browser. The tab that holds the
 * lock reads the stream and hands every message to the others; when it goes, the next one resumes after the last id.
 * Without locks (plain http to another machine) each tab reads its own stream. Mount once, in the layout.
 */
export function useLiveEvents(): void {
  const queryClient = useQueryClient();
  const client = useTRPCClient();
  useEffect(() => startLive(client, queryClient), [client, queryClient]);
}

function startLive(client: Client, queryClient: QueryClient): () => void {
  const stop = new AbortController();
  const apply = createApply(queryClient, stop.signal);
  const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(NAME);
  let lastId: string | null = null;

  const heard = (message: Tracked) => {
    lastId = message.id;
    apply(message.data);
  };
  channel?.addEventListener("message", (event: MessageEvent<Tracked>) => heard(event.data)); // sent by our own tabs only
  const read = () =>
    readStream(
      client,
      stop.signal,
      () => lastId,
      (message) => {
        heard(message);
        if (!stop.signal.aborted) channel?.postMessage(message);
      },
    );

  if (navigator.locks === undefined || channel === null) void read();
  else navigator.locks.request(NAME, { signal: stop.signal }, read).catch(() => undefined); // aborted: the page is left
  stop.signal.addEventListener("abort", () => channel?.close());
  return () => stop.abort();
}

/** Reads until `signal` aborts; after an end or an error it goes on behind the last id. */
function readStream(
  client: Client,
  signal: AbortSignal,
  lastId: () => string | null,
  onMessage: (message: Tracked) => void,
): Promise<void> {
  // A lock may be granted in the moment in which its request is taken back.
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    let retry: number | undefined;
    let stream: { unsubscribe(): void } | null = null;
    const again = () => {
      if (signal.aborted) return;
      liveLost();
      stream?.unsubscribe();
      window.clearTimeout(retry);
      retry = window.setTimeout(connect, RECONNECT_MS);
    };
    const connect = () => {
      stream = client.events.live.subscribe(
        { lastEventId: lastId() },
        {
          onData: onMessage,
          onError: again,
          onComplete: again,
          onConnectionStateChange: ({ state }) => {
            if (state === "connecting") liveLost();
          },
        },
      );
    };
    connect();
    signal.addEventListener("abort", () => {
      window.clearTimeout(retry);
      stream?.unsubscribe();
      resolve();
    });
  });
}

/** Applies messages to the cache: progress at once, events collected so that queries are read again ≤ 4 times a second. */
function createApply(queryClient: QueryClient, signal: AbortSignal): (message: LiveMessage) => void {
  const dirty = new Set<string>();
  let flush: number | undefined;
  let silence: number | undefined;
  signal.addEventListener("abort", () => {
    window.clearTimeout(flush);
    window.clearTimeout(silence);
  });
  const readAgain = () => {
    flush = undefined;
    for (const path of dirty) void queryClient.invalidateQueries({ queryKey: [path.split(".")] });
    dirty.clear();
  };
  return (message) => {
    if (signal.aborted) return;
    if (liveHeard(Date.now())) void queryClient.invalidateQueries();
    window.clearTimeout(silence);
    silence = window.setTimeout(liveLost, SILENCE_MS);
    if (message.kind === "progress") patchProgress(queryClient, message.actionId, message.progress);
    if (message.kind !== "event") return;
    for (const path of queriesOfTopic(message.event.topic)) dirty.add(path);
    flush ??= window.setTimeout(readAgain, FLUSH_MS);
  };
}
