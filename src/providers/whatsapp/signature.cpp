#include "providers/whatsapp/signature.hpp"

#include "text/digest.hpp"

namespace orchestrator::whatsapp {

bool is_signed_body(const Secret& app_secret, std::string_view signature, std::string_view body) {
  return text::equal_in_constant_time("sha256=" + text::to_hex(text::hmac_sha256(app_secret, body)),
                                      signature);
}

}  // namespace orchestrator::whatsapp
