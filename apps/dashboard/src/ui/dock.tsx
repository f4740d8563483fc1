import { createContext, type ReactNode, useContext, useState } from 'react';
import { createPortal } from 'react-dom';

const DockContext = createContext<HTMLElement | null>(null);

/**
 * The bar at the bottom of the window: uploads, undo and messages, side by side. It sticks to the window and has its
 * place at the end of the page, so it moves nothing and covers nothing for good.
 *
 * @param messages its last item
 */
export function DockProvider({
  messages,
  children,
}: {
  readonly messages: ReactNode;
  readonly children: ReactNode;
}) {
  const [items, setItems] = useState<HTMLElement | null>(null);
  return (
    <DockContext value={items}>
      <div className="grow">{children}</div>
      <div className="dock">
        <div ref={setItems} className="contents" />
        {messages}
      </div>
    </DockContext>
  );
}

/** Shows its content in the dock. */
export function DockItem({ children }: { readonly children: ReactNode }) {
  const items = useContext(DockContext);
  return items && createPortal(children, items);
}
