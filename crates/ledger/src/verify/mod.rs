//! What is refused, and why: each rule once, in the reference's order.

pub mod block;
pub mod momentum;
pub mod plasma;
pub mod pow;
pub mod secp256k1;
pub mod signature;
