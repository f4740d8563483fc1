import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { PlusIcon } from '../ui/icons.js';
import { EmptyState } from '../ui/states.js';

export function FirstSteps({ onCreate }: { readonly onCreate: () => void }) {
  const { title, text, steps } = texts.projects.empty;
  return (
    <EmptyState
      title={title}
      actions={
        <Button variant="primary" onClick={onCreate}>
          <PlusIcon />
          {texts.projects.createAction}
        </Button>
      }
    >
      <p>{text}</p>
      <ol className="mx-auto mt-4 grid max-w-md gap-2 text-left text-ink">
        {steps.map((step, index) => (
          <li key={step} className="grid grid-cols-[1.75rem_1fr]">
            <span aria-hidden="true" className="font-mono text-accent">
              {index + 1}
            </span>
            {step}
          </li>
        ))}
      </ol>
    </EmptyState>
  );
}
