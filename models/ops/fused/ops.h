/** What each file of ops gives to register.cc. */
#pragma once

namespace fused {

void registerLayerNorm();
void registerGelu();
void registerAttention();
void registerAdamW();
void registerDropout();

}  // namespace fused
