//! Checks the examples of scripts/crosscheck with metamorphic-log: note, inclusion, consistency.
use metamorphic_log::{checkpoint::Checkpoint, merkle, note::VerifierKey, verify_consistency, verify_inclusion};
use std::io::BufRead;

fn bytes(text: &str) -> Vec<u8> {
    let text = text.trim_start_matches('-');
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
}

fn hashes(text: &str) -> Vec<Vec<u8>> {
    bytes(text).chunks(32).map(|one| one.to_vec()).collect()
}

fn check(words: &[&str], key: &VerifierKey) -> Option<()> {
    let note = String::from_utf8(bytes(words[1])).ok()?;
    let point = Checkpoint::from_signed_note(&note, std::slice::from_ref(key)).ok()?;
    if point.origin() != key.name() || !point.extensions().is_empty() {
        return None;
    }
    let leaf = merkle::hash_leaf(&bytes(words[2]));
    let (root, size) = (point.root_hash(), point.size());
    verify_inclusion(words[3].parse().ok()?, size, &leaf, &hashes(words[4]), root).ok()?;
    let old_root: [u8; 32] = bytes(words[6]).try_into().ok()?;
    verify_consistency(words[5].parse().ok()?, size, &hashes(words[7]), &old_root, root).ok()
}

fn main() {
    let key = VerifierKey::parse(&std::env::args().nth(1).unwrap()).unwrap();
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let words: Vec<&str> = line.split(' ').collect();
        println!("{} {}", words[0], check(&words, &key).is_some());
    }
}
