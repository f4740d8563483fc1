import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { encode } from 'uqr';
import {
  disableSecondFactor,
  enableSecondFactor,
  methodsQuery,
  prepareSecondFactor,
  renewBackupCodes,
  sessionsQuery,
} from '../api/auth.js';
import { hasCode } from '../api/errors.js';
import { CodeInput } from '../auth/second-step-form.js';
import { Button } from '../ui/button.js';
import { CopyButton } from '../ui/copy-button.js';
import { Dialog, DialogActions } from '../ui/dialog.js';
import { explainInOneLine } from '../ui/explain-error.js';
import { Field, Input } from '../ui/field.js';
import { ErrorNotice, Notice } from '../ui/notice.js';
import { useToast } from '../ui/toasts.js';

interface DialogProps {
  readonly onClose: () => void;
}

/** Turns the second factor on or off, or makes new backup codes. */
export function SecondFactorDialog({
  kind,
  onClose,
}: DialogProps & { readonly kind: 'enable' | 'renew' | 'disable' }) {
  switch (kind) {
    case 'enable':
      return <EnableDialog onClose={onClose} />;
    case 'renew':
      return <RenewDialog onClose={onClose} />;
    case 'disable':
      return <DisableDialog onClose={onClose} />;
  }
}

function useRefresh() {
  const queryClient = useQueryClient();
  return () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: methodsQuery.queryKey }),
      queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
    ]);
}

/** Password, then QR code and code, then backup codes. */
function EnableDialog({ onClose }: DialogProps) {
  const refresh = useRefresh();
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const prepare = useMutation({ mutationFn: prepareSecondFactor });
  const enable = useMutation({
    mutationFn: enableSecondFactor,
    onSuccess: refresh,
    onError: (error) => hasCode(error, 'second_factor_wrong') && setCode(''),
  });
  if (enable.data) return <BackupCodes codes={enable.data.backupCodes} onClose={onClose} />;
  if (!prepare.data) {
    return (
      <FormDialog
        title="Turn on the second factor"
        description="Confirm that it is you."
        action="Continue"
        mutation={prepare}
        onSubmit={() => prepare.mutate(password)}
        onClose={onClose}
      >
        <PasswordField error={prepare.error} value={password} onChange={setPassword} />
      </FormDialog>
    );
  }
  const { secret, uri } = prepare.data;
  return (
    <FormDialog
      title="Scan the code"
      description="Scan it with an authenticator app, such as the one in your password manager, or type the secret into it."
      action="Turn on"
      mutation={enable}
      onSubmit={() => enable.mutate(code)}
      onClose={onClose}
    >
      <QrCode text={uri} />
      <div className="flex flex-wrap items-center justify-between gap-2">
        <output aria-label="Secret" className="font-mono text-sm break-all">
          {secret.match(/.{1,4}/g)?.join(' ')}
        </output>
        <CopyButton text={secret} of="Secret" />
      </div>
      <Field
        label="Code"
        hint="Six digits that the app shows now. Your other sessions end."
        error={codeError(enable.error)}
      >
        <CodeInput digits value={code} onChange={setCode} />
      </Field>
    </FormDialog>
  );
}

function RenewDialog({ onClose }: DialogProps) {
  const refresh = useRefresh();
  const renew = useMutation({ mutationFn: renewBackupCodes, onSuccess: refresh });
  if (renew.data) return <BackupCodes codes={renew.data.backupCodes} onClose={onClose} />;
  return (
    <ConfirmedDialog
      title="Make new backup codes?"
      description="The earlier ones stop working."
      action="Make new codes"
      mutation={renew}
      onSubmit={renew.mutate}
      onClose={onClose}
    />
  );
}

function DisableDialog({ onClose }: DialogProps) {
  const refresh = useRefresh();
  const toast = useToast();
  const disable = useMutation({
    mutationFn: disableSecondFactor,
    onSuccess: async () => {
      await refresh();
      toast({ text: 'The second factor is off' });
      onClose();
    },
  });
  return (
    <ConfirmedDialog
      title="Turn the second factor off?"
      description="Your password alone is enough to sign in then. The backup codes stop working."
      action="Turn off"
      danger
      mutation={disable}
      onSubmit={disable.mutate}
      onClose={onClose}
    />
  );
}

/** Asks for the password and a code. */
function ConfirmedDialog({
  onSubmit,
  ...rest
}: Omit<FormDialogProps, 'onSubmit' | 'children'> & {
  readonly onSubmit: (given: { password: string; code: string }) => void;
}) {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const { error } = rest.mutation;
  return (
    <FormDialog {...rest} onSubmit={() => onSubmit({ password, code })}>
      <PasswordField error={error} value={password} onChange={setPassword} />
      <Field label="Code" hint="From your app, or a backup code." error={codeError(error)}>
        <Input
          name="code"
          autoComplete="one-time-code"
          autoCapitalize="none"
          spellCheck={false}
          required
          maxLength={40}
          className="font-mono"
          value={code}
          onChange={(event) => setCode(event.target.value)}
        />
      </Field>
    </FormDialog>
  );
}

interface FormDialogProps extends DialogProps {
  readonly title: string;
  readonly description: string;
  /** Label of the button. */
  readonly action: string;
  readonly danger?: boolean;
  readonly mutation: { readonly error: Error | null; readonly isPending: boolean };
  readonly onSubmit: () => void;
  readonly children: ReactNode;
}

function FormDialog({
  title,
  description,
  action,
  danger = false,
  mutation: { error, isPending },
  onSubmit,
  onClose,
  children,
}: FormDialogProps) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <Dialog title={title} description={description} onClose={onClose}>
      <form onSubmit={submit} className="grid gap-4">
        {!hasCode(error, 'password_wrong', 'second_factor_wrong') && <ErrorNotice error={error} />}
        {children}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant={danger ? 'danger' : 'primary'} type="submit" busy={isPending}>
            {action}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function PasswordField({
  error,
  value,
  onChange,
}: {
  readonly error: Error | null;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  return (
    <Field
      label="Your password"
      error={hasCode(error, 'password_wrong') ? explainInOneLine(error) : undefined}
    >
      <Input
        type="password"
        name="password"
        autoComplete="current-password"
        required
        autoFocus
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </Field>
  );
}

const codeError = (error: Error | null) =>
  hasCode(error, 'second_factor_wrong') ? explainInOneLine(error) : undefined;

/** Dark on light in both themes: not every app reads the inverse. */
function QrCode({ text }: { readonly text: string }) {
  const { data, size } = encode(text, { ecc: 'M', border: 4 });
  const path = data
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')))
    .join('');
  return (
    <svg
      role="img"
      aria-label="QR code with the secret"
      viewBox={`0 0 ${size} ${size}`}
      shapeRendering="crispEdges"
      className="mx-auto size-52"
    >
      <rect width={size} height={size} fill="white" />
      <path d={path} fill="black" />
    </svg>
  );
}

function BackupCodes({ codes, onClose }: DialogProps & { readonly codes: readonly string[] }) {
  return (
    <Dialog
      dismissible={false}
      title="Your backup codes"
      description="If you lose your phone, each of these signs you in once. They are shown only now."
      onClose={onClose}
    >
      <ul
        aria-label="Backup codes"
        className="grid grid-cols-1 gap-x-6 gap-y-1 rounded-md border border-line bg-sunken p-3 font-mono text-sm sm:grid-cols-2"
      >
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <Notice tone="warn">
        Keep them where you keep your passwords, or print them. Without a phone and a backup code,
        only the operator of the server can let you in.
      </Notice>
      <DialogActions>
        <CopyButton size="md" text={codes.join('\n')} of="Backup codes" />
        <Button variant="primary" onClick={onClose}>
          I have saved them
        </Button>
      </DialogActions>
    </Dialog>
  );
}
