#include "chaos/load.hpp"

namespace orchestrator::chaos {
namespace {

constexpr int kGateways = 3;

}  // namespace

Load::Load(const LoadContext& context, const Size& size) : context_(context) {
  add_people(context_);
  for (int poster = 0; poster < size.posters; ++poster) {
    threads_.emplace_back(
        [this, poster, size] { post_messages(context_, poster, size.between_posts, stopping_); });
  }
  for (int gateway = 0; gateway < kGateways; ++gateway) {
    threads_.emplace_back([this, gateway] { post_inbound_messages(context_, gateway, stopping_); });
  }
  threads_.emplace_back([this] { report_deliveries(context_, stopping_); });
  if (!size.has_operator) return;
  threads_.emplace_back([this] { operate(context_, stopping_); });
  threads_.emplace_back([this] { sweep(context_, stopping_); });
}

void Load::stop() {
  stopping_ = true;
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void add_people(const LoadContext& context) {
  Client client(context.fleet, context.statistics, context.seed);
  const std::atomic<bool> never = false;
  for (const Person& person : context.population.all()) {
    support::HttpAnswer answer;
    client.ask_until_answered(Client::Method::put, "/users/" + person.id, person.settings, answer, never);
    if (answer.status != 200 && answer.status != 201) {
      context.history.note_surprise("PUT /users/" + person.id + ": " + answer.body);
    }
  }
}

}  // namespace orchestrator::chaos
