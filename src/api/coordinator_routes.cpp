#include "api/coordinator_routes.hpp"

#include <utility>

#include "api/coordinator_json.hpp"
#include "api/refusals.hpp"
#include "logging/logging.hpp"

namespace orchestrator::api {

namespace {

constexpr std::size_t kDetailedContacts = 100;

Rejection unknown_contact() {
  return {.status = 404,
          .code = "unknown_contact",
          .message = "No message was ever received from a contact with this id."};
}

Result<inbound::ContactIdentity> parse_contact(const Call& call) {
  const auto id = call.id();
  if (!id) return malformed_path_id("contact");
  return inbound::parse_contact_identity("The contact id in the path", *id);
}

}  // namespace

Routes CoordinatorRoutes::routes() {
  const auto admin = [this](std::string_view method, std::string_view path,
                            Result<Response> (CoordinatorRoutes::*handle)(const Call&)) {
    return Route{method, path, Auth::api_key, Body::optional, std::bind_front(handle, this)};
  };
  return {
      admin("GET", "/api/admin/coordinator/stats", &CoordinatorRoutes::stats),
      admin("GET", "/api/admin/coordinator/contact/{id}", &CoordinatorRoutes::get_contact),
      admin("POST", "/api/admin/coordinator/flush/{id}", &CoordinatorRoutes::flush_contact),
      admin("POST", "/api/admin/coordinator/emergency-flush", &CoordinatorRoutes::flush_all),
      admin("POST", "/api/admin/coordinator/unlock/{id}", &CoordinatorRoutes::unlock_contact),
      admin("POST", "/api/admin/coordinator/unlock", &CoordinatorRoutes::unlock_all),
      admin("POST", "/api/admin/coordinator/detect-deadlocks", &CoordinatorRoutes::detect_deadlocks),
      admin("POST", "/api/admin/coordinator/test", &CoordinatorRoutes::self_test),
  };
}

Result<Response> CoordinatorRoutes::stats(const Call&) {
  return json_response(200,
                       to_json(service_.coordinator_stats(), service_.busiest_contacts(kDetailedContacts),
                               process_.statistics(), clock_.now()));
}

Result<Response> CoordinatorRoutes::get_contact(const Call& call) {
  const auto contact = parse_contact(call);
  if (!contact) return contact.rejection();
  const auto status = service_.find_contact(*contact);
  if (!status) return unknown_contact();
  return json_response(200, to_json(*status, clock_.now()));
}

Result<Response> CoordinatorRoutes::flush_contact(const Call& call) {
  const auto contact = parse_contact(call);
  if (!contact) return contact.rejection();
  const auto flushed = service_.flush_contact(*contact);
  if (!flushed) return unknown_contact();
  logging::warning("Operator flushed " + std::to_string(*flushed) + " messages of one contact");
  return json_response(200, {{"success", true}, {"contactId", contact->id}, {"flushedMessages", *flushed}});
}

Result<Response> CoordinatorRoutes::flush_all(const Call&) {
  const auto flushed = service_.flush_all_contacts();
  logging::warning("Operator flushed " + std::to_string(flushed.messages) + " messages of " +
                   std::to_string(flushed.contacts) + " contacts");
  return json_response(
      200, {{"success", true}, {"flushedContacts", flushed.contacts}, {"flushedMessages", flushed.messages}});
}

Result<Response> CoordinatorRoutes::unlock_contact(const Call& call) {
  const auto contact = parse_contact(call);
  if (!contact) return contact.rejection();
  const auto unlocked = service_.unlock_contact(*contact);
  if (!unlocked) return unknown_contact();
  return json_response(200, {{"success", true}, {"contactId", contact->id}, {"unlockedCount", *unlocked}});
}

Result<Response> CoordinatorRoutes::unlock_all(const Call&) {
  const std::size_t unlocked = service_.unlock_all_contacts();
  logging::warning("Operator unlocked " + std::to_string(unlocked) + " contacts");
  return json_response(200, {{"success", true}, {"unlockedCount", unlocked}});
}

Result<Response> CoordinatorRoutes::detect_deadlocks(const Call&) {
  return json_response(200, {{"success", true}, {"deadlocksResolved", service_.recover_expired_turns()}});
}

Result<Response> CoordinatorRoutes::self_test(const Call&) {
  auto steps = OrderedJson::array();
  bool all_passed = true;
  for (const auto& step : service_.run_coordinator_self_test()) {
    steps.push_back({{"step", step.what}, {"passed", step.passed}});
    all_passed = all_passed && step.passed;
  }
  return json_response(all_passed ? 200 : 500, {{"success", all_passed}, {"steps", std::move(steps)}});
}

}  // namespace orchestrator::api
