import { parseTemplate } from "../../domain/one-template";
import type { Template } from "../../domain/template";
import { parseXml, templateOf } from "../../lib/xml/parse";

/** A template of a client: OpenNebula's text, or XML when it begins with `<` (jobs-api-cli §4.2.9). */
export function readTemplate(input: string): Template {
  return input.trimStart().startsWith("<") ? templateOf(parseXml(input.trim())) : parseTemplate(input);
}
