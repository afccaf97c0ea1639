// Gateways that post inbound messages in order, repeating each until it is acknowledged; and the provider's
// reports.
#include "chaos/load.hpp"

namespace orchestrator::chaos {
namespace {

using nlohmann::json;
using Method = Client::Method;

constexpr int kGatewayThreads = 3;

class Gateway {
 public:
  Gateway(const LoadContext& context, int number, const std::atomic<bool>& stop)
      : context_(context),
        client_(context.fleet, context.statistics, context.seed * 37 + 1000 + static_cast<unsigned>(number)),
        number_(number),
        name_("g" + std::to_string(number)),
        stop_(stop) {
    // Each person has one gateway, so that their messages have one order.
    const Population& population = context.population;
    for (const auto* group : {&population.talkers, &population.talkers, &population.slow, &population.flushed,
                              &population.asleep}) {
      for (std::size_t i = static_cast<std::size_t>(number); i < group->size(); i += kGatewayThreads) {
        people_.push_back((*group)[i]);
      }
    }
    for (std::size_t i = static_cast<std::size_t>(number); i < population.leavers.size();
         i += kGatewayThreads) {
      leavers_.push_back(population.leavers[i]);
    }
  }

  void act() {
    if (!leavers_.empty() && client_.draw(200) == 0) {
      bring(leavers_.back(), "STOP");
      leavers_.pop_back();
      return;
    }
    if (client_.draw(30) == 0) people_.push_back(stranger());
    const Person& person = people_[client_.draw(static_cast<unsigned>(people_.size()))];
    const unsigned burst = client_.chance(15) ? 5 : 1;
    for (unsigned i = 0; i < burst && !stop_; ++i)
      bring(person, "said " + name_ + "-" + std::to_string(++texts_));
  }

 private:
  // A person whom the service does not know: the first message creates the user, whose id is the number. The
  // stranger writes at once.
  Person stranger() {
    const std::string number =
        "+1556" + std::to_string(1'000'000 + number_ * 100'000 + static_cast<int>(people_.size()));
    const Person person{number, number, {}};
    bring(person, "said " + name_ + "-" + std::to_string(++texts_));
    return person;
  }

  void bring(const Person& person, const std::string& text) {
    const std::size_t place = context_.history.ask(
        &Records::inbound,
        InboundPost{.user = person.id, .text = text, .exchange = {}, .id = {}, .status = {}});
    const json body = {
        {"contactId", person.phone_number}, {"text", text}, {"messageId", name_ + person.id + text}};
    support::HttpAnswer answer;
    if (!client_.ask_until_answered(Method::post, "/inbound-messages", body, answer, stop_)) return;
    const json told = json::parse(answer.body);
    context_.history.answer(&Records::inbound, place, answer.status, [&](InboundPost& said) {
      if (answer.status != 200) return;
      said.id = told.at("id").get<std::string>();
      said.status = told.at("status").get<std::string>();
    });
    if (answer.status != 200) context_.history.note_surprise("POST /inbound-messages: " + answer.body);
  }

  const LoadContext& context_;
  Client client_;
  const int number_;
  const std::string name_;
  const std::atomic<bool>& stop_;
  int texts_ = 0;
  std::vector<Person> people_;
  std::vector<Person> leavers_;
};

}  // namespace

void post_inbound_messages(const LoadContext& context, int gateway, const std::atomic<bool>& stop) {
  Gateway brings(context, gateway, stop);
  while (!stop) {
    brings.act();
    pause(std::chrono::milliseconds{60}, stop);
  }
}

// Each text is reported as delivered, to any instance, until one acknowledges the report.
void report_deliveries(const LoadContext& context, const std::atomic<bool>& stop) {
  std::size_t reported = 0;
  int instance = 0;
  while (!stop) {
    const auto taken = context.external_services.provider().taken();
    while (reported < taken.size() && !stop) {
      const auto& text = taken[reported];
      instance = (instance + 1) % context.fleet.size();
      const int port = context.fleet[instance].port();
      const int status =
          port == 0 ? 0 : support::StandInTwilio::report_to(text.callback, port, text.sid, "delivered");
      if (status == 200 || status == 204) {
        ++reported;
      } else {
        pause(std::chrono::milliseconds{20}, stop);
      }
    }
    pause(std::chrono::milliseconds{200}, stop);
  }
}

}  // namespace orchestrator::chaos
