// The refusals that do not belong to one subject; those of one subject stand at the top of its routes. See
// also orchestrator/rejection.hpp, for those that other rooms give as well.
#pragma once

#include <string>

#include "orchestrator/rejection.hpp"

namespace orchestrator::api {

Rejection unauthorized();                                    // 401
Rejection path_not_found();                                  // 404
Rejection method_not_allowed(const std::string& allowed);    // 405; e.g. "GET, HEAD"
Rejection length_required();                                 // 411
Rejection internal_error();                                  // 500: reveals nothing about the inside
Rejection malformed_path_id(const std::string& kind_of_id);  // 400: "user" or "contact"
Rejection invalid_query(std::string message);                // 400

}  // namespace orchestrator::api
