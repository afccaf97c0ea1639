// Webhook payloads of Twilio and WhatsApp, and their signatures.

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "api/fields.hpp"
#include "fuzz/targets.hpp"
#include "providers/twilio/signature.hpp"
#include "providers/twilio/webhook.hpp"
#include "providers/whatsapp/signature.hpp"
#include "providers/whatsapp/webhook.hpp"
#include "text/digest.hpp"
#include "text/form.hpp"
#include "text/identifier.hpp"
#include "text/json.hpp"
#include "text/utf8.hpp"

namespace orchestrator::fuzz {

namespace {

using nlohmann::json;

const Secret kSecret("secret");
constexpr std::string_view kPublicUrl = "https://sms.example.com";

std::string hmac(const EVP_MD* algorithm, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  ::HMAC(algorithm, kSecret.reveal().data(), static_cast<int>(kSecret.reveal().size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  return {digest.begin(), digest.begin() + size};
}

std::string base64(std::string_view bytes) {
  std::array<unsigned char, 64> text{};
  const int size = ::EVP_EncodeBlock(text.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  return {text.begin(), text.begin() + size};
}

// All signatures that differ from the valid one in a byte or in length.
template <class IsAccepted>
void check_forgeries(const std::string& genuine, const IsAccepted& is_accepted) {
  require(is_accepted(genuine), "the right signature is accepted");
  require(!is_accepted(""), "no signature is refused");
  require(!is_accepted(genuine + "="), "a longer signature is refused");
  for (std::size_t i = 0; i < genuine.size(); ++i) {
    std::string forged = genuine;
    forged[i] = static_cast<char>(forged[i] ^ 1);
    require(!is_accepted(forged), "a signature with one wrong byte is refused");
    require(!is_accepted(genuine.substr(0, i)), "the beginning of a signature is refused");
  }
}

void check_message(const IncomingMessage& message) {
  require(!text::check_id("id", message.contact_id), "the contact id is a valid id");
  require(!message.type.empty() && message.content_hash.size() == 64,
          "a message has a type and a fingerprint");
  require(json::parse(message.metadata, nullptr, false).is_object(), "metadata are an object");
}

// As Twilio documents it: sorted by name, each value of a name once.
void check_form_signature(const text::FormFields& fields, const std::string& target) {
  const twilio::SignedUrl url{kPublicUrl, target};
  std::string signed_text = std::string(kPublicUrl) + target;
  for (const auto& [name, value] : std::set(fields.begin(), fields.end())) signed_text += name + value;
  check_forgeries(base64(hmac(EVP_sha1(), signed_text)), [&](const std::string& signature) {
    return twilio::is_signed_form(kSecret, signature, url, fields);
  });
}

void check_body_signature(std::string_view body) {
  const std::string target = "/sms?bodySHA256=" + text::sha256_hex(body);
  const twilio::SignedUrl url{kPublicUrl, target};
  const std::string genuine = base64(hmac(EVP_sha1(), std::string(kPublicUrl) + target));
  const auto is_accepted = [&](std::string_view said) {
    return twilio::is_signed_body(kSecret, genuine, url, said);
  };
  require(is_accepted(body), "the body that the URL names is accepted");
  require(!is_accepted(std::string(body) + " "), "another body is refused");
}

void check_fields(const text::FormFields& fields) {
  require(fields.size() <= text::kMaxFormFields, "a form has as many fields as may be");
  for (const auto& [name, value] : fields) {
    require(text::is_utf8(name) && text::is_utf8(value), "fields are UTF-8");
    require((name + value).find('\0') == std::string::npos, "fields hold no U+0000");
  }
  const auto message = twilio::incoming_message(fields);
  if (const auto* rejection = std::get_if<Rejection>(&message)) {
    check_refusal(*rejection);
  } else {
    check_message(std::get<IncomingMessage>(message));
  }
  const auto report = twilio::delivery_report(fields, text::value_of(fields, "message"));
  if (report) {
    require(report->message || !report->provider_message_id.empty(), "a report is about a message");
  }
}

}  // namespace

void check_twilio(std::string_view input) {
  check_body_signature(input);
  if (const auto fields = twilio::fields_from_json(input)) check_fields(*fields);
  const auto fields = text::parse_form(input);
  if (!fields) return;
  check_fields(*fields);
  const auto again = text::parse_form(text::form_encode(*fields));
  // A field without name and value disappears when it is encoded.
  require(again && std::ranges::equal(*again, *fields), "what is encoded decodes to itself");
  check_form_signature(*fields, "/webhooks/twilio/sms");
}

void check_whatsapp(std::string_view input) {
  check_forgeries("sha256=" + text::to_hex(hmac(EVP_sha256(), input)), [&](const std::string& signature) {
    return whatsapp::is_signed_body(kSecret, signature, input);
  });
  const auto parsed = text::parse_object(input);
  if (const auto* rejection = std::get_if<Rejection>(&parsed)) return check_refusal(*rejection);
  const auto news = whatsapp::parse_webhook(std::get<json>(parsed));
  for (const IncomingMessage& message : news.messages) check_message(message);
  for (const DeliveryReport& report : news.reports) {
    require(!report.provider_message_id.empty(), "a report is about a message");
  }
}

}  // namespace orchestrator::fuzz
