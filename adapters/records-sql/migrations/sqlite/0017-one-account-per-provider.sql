-- A user has one password, and one account at each sign-in provider, also when two are connected at once.
CREATE UNIQUE INDEX credentials_of_user ON credentials (user_id, provider);
DROP INDEX credentials_by_user;
