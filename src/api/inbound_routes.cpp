#include "api/inbound_routes.hpp"

#include "api/inbound_json.hpp"

namespace orchestrator::api {

Routes InboundRoutes::routes() {
  return {{"POST", "/inbound-messages", Auth::api_key, Body::required,
           std::bind_front(&InboundRoutes::receive, this)}};
}

Result<Response> InboundRoutes::receive(const Call& call) {
  const auto message = incoming_message_from_json(call.request.body);
  if (!message) return message.rejection();
  const auto receipts = service_.receive({*message});
  return json_response(200, to_json(receipts.at(0), *message));
}

}  // namespace orchestrator::api
