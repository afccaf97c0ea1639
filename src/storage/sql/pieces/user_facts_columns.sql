-- The settings and counters of a user as the rules see them. For statements that call `users` users and
-- `user_message_budget` budget (which may be missing).
-- include: user_settings_columns
  ,
-- include: user_counters_columns
