//! Azure's identifiable keys: base64 that shows a service's four-character signature before its last six characters,
//! and whose last four bytes are the Marvin32 hash of the others under a seed of the key's purpose.
//! Source: microsoft/security-utilities.

use super::{Check, decode};

/// Signatures whose keys hold the hash.
const SIGNATURES: [&[u8; 4]; 14] = [
    b"+ASt", b"+ASb", b"+AEh", b"+ARm", b"+ABa", b"ACDb", b"AzCa", b"AzFu", b"AzSe", b"+AMC", b"+ACR", b"+SQL",
    b"AIoT", b"APIM",
];

/// Seeds are eight letters; one service has several. A wrong one passes once in four thousand million times, so all
/// are tried.
const SEEDS: [&[u8; 8]; 29] = [
    b"Default0",
    b"System00",
    b"Unknown0",
    b"Send0000",
    b"Manage00",
    b"Listen00",
    b"AbAcct00",
    b"Master00",
    b"Functi00",
    b"SysAll00",
    b"Resour00",
    b"MastRO00",
    b"SystRO00",
    b"Encryp00",
    b"MastRW00",
    b"SystRW00",
    b"Access00",
    b"Query000",
    b"PAdmin00",
    b"Classic0",
    b"ACRDflt0",
    b"UsrPwd00",
    b"IoTHub00",
    b"DpsKey00",
    b"Device00",
    b"Tenant00",
    b"Gatewy00",
    b"GitKey00",
    b"AadPwd00",
];

/// Whether the key's hash fits one of the seeds; silent for keys from before signatures.
pub(super) fn key(value: &[u8]) -> Check {
    let bare = value.len() - value.iter().rev().take_while(|b| **b == b'=').count();
    let signature = bare.checked_sub(10).and_then(|from| value.get(from..from + 4));
    if !SIGNATURES.iter().any(|known| signature == Some(known.as_slice())) {
        return Check::Silent;
    }
    let Some(bytes) = decode(value).filter(|bytes| bytes.len() >= 24) else { return Check::Failed };
    let (body, hash) = bytes.split_at(bytes.len() - 4);
    let fits = |seed: &[u8; 8]| marvin32(body, u64::from_be_bytes(*seed)).to_le_bytes() == hash;
    if SEEDS.into_iter().any(fits) { Check::Passed } else { Check::Failed }
}

/// Marvin32 with its two halves folded into 32 bits.
fn marvin32(bytes: &[u8], seed: u64) -> u32 {
    let low = |number: u64| u32::try_from(number & u64::from(u32::MAX)).unwrap_or(0);
    let mut state = [low(seed), low(seed >> 32)];
    let mut words = bytes.chunks_exact(4);
    for word in words.by_ref() {
        feed(&mut state, word);
    }
    let mut last = [0_u8; 4];
    let rest = words.remainder();
    for (slot, byte) in last.iter_mut().zip(rest.iter().chain(&[0x80])) {
        *slot = *byte;
    }
    feed(&mut state, &last);
    mix(&mut state);
    let [low, high] = state;
    low ^ high
}

fn feed(state: &mut [u32; 2], word: &[u8]) {
    let word = word.iter().rev().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
    state[0] = state[0].wrapping_add(word);
    mix(state);
}

fn mix(state: &mut [u32; 2]) {
    let [mut low, mut high] = *state;
    high ^= low;
    low = low.rotate_left(20).wrapping_add(high);
    high = high.rotate_left(9) ^ low;
    low = low.rotate_left(27).wrapping_add(high);
    high = high.rotate_left(19);
    *state = [low, high];
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn the_hash_is_marvin() {
        // vectors of the .NET runtime's tests, folded
        let seed = 0x004f_b61a_001b_dbcc;
        assert_eq!(marvin32(b"", seed), 0x30ed_35c1 ^ 0x00cd_3c7d);
        assert_eq!(marvin32(&[0xaf], seed), 0x48e7_3fc7 ^ 0x7d75_ddc1);
    }

    #[test]
    fn a_key_is_checked_by_its_own_hash() {
        // 64 bytes: the signature ends one byte before the hash
        let mut bytes: Vec<u8> = (0..57).map(|n: u8| n.wrapping_mul(37)).collect();
        bytes.extend(STANDARD.decode("+ASt").unwrap());
        let hash = |bytes: &[u8]| marvin32(bytes, u64::from_be_bytes(*b"Default0")).to_le_bytes();
        let whole = [bytes.clone(), hash(&bytes).to_vec()].concat();
        assert_eq!(key(STANDARD.encode(&whole).as_bytes()), Check::Passed);
        bytes[0] ^= 1;
        assert_eq!(key(STANDARD.encode([&bytes, &whole[60..]].concat()).as_bytes()), Check::Failed);
        assert_eq!(key(STANDARD.encode([7; 64]).as_bytes()), Check::Silent);
    }
}
