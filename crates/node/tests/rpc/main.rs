//! JSON-RPC over real sockets, on a chain in memory: the reference's recorded answers, and what no
//! client should send.

mod answers;
mod bad_input;
mod client;
mod end_queries;
mod explorer;
mod guard;
mod network;
mod recorded;
mod server;
mod table;
mod websocket;
