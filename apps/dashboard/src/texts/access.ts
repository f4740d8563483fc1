export const access = {
  email: 'Email',
  password: 'Password',
  signIn: {
    title: 'Sign in',
    action: 'Sign in',
    hint: 'First start? Open the link that the server has printed in its terminal.',
  },
  again: {
    title: 'Sign in to go on',
    text: 'Your session has ended. The page behind this is as you left it.',
  },
  accept: {
    setup: {
      title: 'Set up your server',
      text: 'You are the first here. This account owns the project that was made at the first start, and may invite others.',
      action: 'Create account',
    },
    invitation: {
      title: 'Join this server',
      text: 'You are invited. You get an account with projects of your own.',
      action: 'Create account',
    },
    name: 'Name',
    newPassword: 'Choose a password',
    passwordHint: '12 characters or more. A few unrelated words are easy to keep.',
    noToken: {
      title: 'Open your link again',
      text: 'This page needs the one-time link: from the server’s terminal, or from your invitation. It is removed from the address bar when it is read, so loading the page again loses it. An unused link still works.',
    },
    invalid: {
      title: 'This link does not work',
      setup:
        'It was used, or it has expired. If nobody has an account yet, start the server again: it prints a new one.',
      invitation: 'It was used, was withdrawn, or has expired. Ask for a new one.',
    },
    toSignIn: 'Sign in instead',
  },
  device: {
    title: 'Connect a device',
    enterText: 'Type the code that is shown in your terminal.',
    code: 'Code',
    codePlaceholder: 'ABCD-EFGH',
    codeIncomplete: 'A code has eight characters.',
    continue: 'Continue',
    confirmTitle: 'Let this device in?',
    confirmText:
      'It will be able to do everything that you can do here, until you revoke it under Account.',
    facts: { name: 'Calls itself', address: 'Asks from', asked: 'Asked', code: 'Code' },
    warning: 'Go on only if the same code stands in a terminal that you have just used yourself.',
    approve: 'Approve',
    deny: 'Deny',
    otherCode: 'Enter another code',
    approved: {
      title: 'Approved',
      text: (name: string) =>
        `${name} is signed in. Go back to your terminal: you can close this page.`,
    },
    denied: {
      title: 'Denied',
      text: (name: string) =>
        `${name} was not let in. If you did not start this, there is nothing more to do.`,
    },
    signedInAs: (email: string) => `Signed in as ${email}`,
    toDashboard: 'Go to the dashboard',
  },
} as const;
