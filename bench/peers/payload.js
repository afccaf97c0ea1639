// The payload that all systems store; the text is that of bench/post.lua.
"use strict";

exports.payload = (number, client) => ({
  userId: `user_${1 + Math.floor(Math.random() * 10000)}`,
  agentId: "bench_agent",
  content: `Message ${number} of thread ${client}: your introduction has been accepted, reply to choose a time.`,
});
