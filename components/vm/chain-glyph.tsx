import { t } from "@/components/i18n/t";

/** The chain at a glance: square for the full, dots for its increments, and the count in words. */
export function ChainGlyph({ length }: { length: number }) {
  if (length === 0) return <span className="text-muted">{t("None")}</span>;
  const increments = length - 1;
  const drawn = Math.min(increments, 5);
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2">
      <svg aria-hidden="true" width={12 + drawn * 8} height={12} className="text-primary" fill="currentColor">
        <rect x={1} y={1} width={9} height={9} rx={1} />
        {Array.from({ length: drawn }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: dots are told apart by their place alone.
          <circle key={index} cx={16 + index * 8} cy={5.5} r={2.5} />
        ))}
      </svg>
      <span className="whitespace-nowrap tabular-nums">
        {increments === 0 ? t("full") : t("full + {increments}", { increments })}
      </span>
    </span>
  );
}
