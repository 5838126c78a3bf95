"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { signIn } from "next-auth/react";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { t } from "../i18n/t";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Notice } from "../ui/notice";

const Credentials = z.object({
  name: z
    .string()
    .trim()
    .min(1, { error: () => t("Give your user name") }),
  password: z.string().min(1, { error: () => t("Give your password") }),
});

/** User name and password; password managers and pasting work. `target` is where to go afterwards. */
export function SignInForm({ target }: { target: string }) {
  const [error, setError] = useState<string | null>(null);
  const form = useForm({ resolver: zodResolver(Credentials), defaultValues: { name: "", password: "" } });
  const { errors, isSubmitting } = form.formState;

  const submit = form.handleSubmit(async (credentials) => {
    setError(null);
    const result = await signIn("credentials", { ...credentials, redirect: false }).catch(() => undefined);
    if (result?.ok === true) {
      // A full load: everything of a former user leaves the cache. Stays busy until it is there.
      window.location.assign(target);
      await new Promise(() => undefined);
    }
    form.setFocus("password", { shouldSelect: true });
    setError(errorText(result?.error));
  });

  return (
    <form
      onSubmit={submit}
      noValidate
      method="post"
      className="space-y-4 rounded-card border border-line bg-surface p-5"
    >
      {error === null ? null : (
        <Notice tone="danger" isAlert title={t("Sign-in failed")}>
          {error}
        </Notice>
      )}
      <Field label={t("User name")} error={errors.name?.message} isRequired>
        {(control) => (
          <Input
            {...control}
            {...form.register("name")}
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
          />
        )}
      </Field>
      <Field label={t("Password")} error={errors.password?.message} isRequired>
        {(control) => (
          <Input {...control} {...form.register("password")} type="password" autoComplete="current-password" />
        )}
      </Field>
      <Button type="submit" variant="primary" isBusy={isSubmitting} className="w-full">
        {t("Sign in")}
      </Button>
    </form>
  );
}

function errorText(error: string | null | undefined): string {
  if (error === undefined || error === null) return t("The server cannot be reached. Check that Strata is running.");
  if (error === "CredentialsSignin") return t("The user name or the password is wrong.");
  return error;
}
