import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/**
 * Signs events and verifies receipts with nothing but the JDK, 17 or newer. docs/clients.md explains it.
 *
 * <pre>
 * java Sign.java sign   private.pem public.pem claims.json [name=json ...]   prints event id and SD-JWT
 * java Sign.java verify receipt.txt vkey public.pem event-id                 prints ok
 * </pre>
 *
 * The claims of restricted names go where the file says "_sd":[]. The exit code is 0 only if all held.
 */
public final class Sign {
    static final BigInteger N =
        new BigInteger("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", 16);

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "sign" -> {
                String claims = Files.readString(Path.of(args[3]));
                PrivateKey key = privateKey(Files.readString(Path.of(args[1])));
                String[] restricted = Arrays.copyOfRange(args, 4, args.length);
                String text = signEvent(claims, key, publicKey(Files.readString(Path.of(args[2]))), restricted);
                System.out.println(eventId(text.substring(0, text.indexOf('~'))));
                System.out.println(text);
            }
            case "verify" -> {
                PublicKey key = publicKey(Files.readString(Path.of(args[3])));
                verifyReceipt(Files.readString(Path.of(args[1])), args[2], key, args[4]);
                System.out.println("ok");
            }
            default -> throw new IllegalArgumentException("sign or verify");
        }
    }

    // Signing

    static String signEvent(String claims, PrivateKey key, PublicKey publicKey, String... restricted)
            throws GeneralSecurityException {
        List<String> disclosures = new ArrayList<>();
        List<String> digests = new ArrayList<>();
        for (String claim : restricted) {
            String[] parts = claim.split("=", 2);
            String text = disclosure(parts[0], parts[1]);
            disclosures.add(text + "~");
            digests.add('"' + base64url(sha256(ascii(text))) + '"');
        }
        digests.sort(null);
        String whole = claims.strip().replace("\"_sd\":[]", "\"_sd\":[" + String.join(",", digests) + "]");
        return jws(whole, key, publicKey) + "~" + String.join("", disclosures);
    }

    static String jws(String claims, PrivateKey key, PublicKey publicKey) throws GeneralSecurityException {
        String alg = key instanceof ECPrivateKey ? "ES256" : "Ed25519";
        String header = "{\"typ\":\"battery-event+sd-jwt\",\"alg\":\"" + alg
            + "\",\"kid\":\"" + thumbprint(publicKey) + "\"}";
        String signed = base64url(utf8(header)) + "." + base64url(utf8(claims));
        return signed + "." + base64url(sign(key, ascii(signed)));
    }

    static byte[] sign(PrivateKey key, byte[] message) throws GeneralSecurityException {
        boolean elliptic = key instanceof ECPrivateKey;
        Signature signer = Signature.getInstance(elliptic ? "SHA256withECDSAinP1363Format" : "Ed25519");
        signer.initSign(key);
        signer.update(message);
        byte[] signature = signer.sign();
        if (elliptic) {
            // Of s and n - s, which both verify, the ledger takes the lower one only.
            BigInteger s = new BigInteger(1, Arrays.copyOfRange(signature, 32, 64));
            System.arraycopy(bytes32(s.min(N.subtract(s))), 0, signature, 32, 32);
        }
        return signature;
    }

    static String disclosure(String name, String json) {
        byte[] salt = new byte[16];
        new SecureRandom().nextBytes(salt);
        return base64url(utf8("[\"" + base64url(salt) + "\",\"" + name + "\"," + json + "]"));
    }

    static String eventId(String jws) throws GeneralSecurityException {
        return base64url(sha256(ascii(jws.substring(0, jws.lastIndexOf('.')))));
    }

    static String thumbprint(PublicKey key) throws GeneralSecurityException {
        String jwk;
        if (key instanceof ECPublicKey point) {
            jwk = "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"" + base64url(bytes32(point.getW().getAffineX()))
                + "\",\"y\":\"" + base64url(bytes32(point.getW().getAffineY())) + "\"}";
        } else {
            byte[] encoded = key.getEncoded(); // the last 32 bytes of it are the key
            byte[] x = Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
            jwk = "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"" + base64url(x) + "\"}";
        }
        return base64url(sha256(ascii(jwk)));
    }

    // Receipts

    static void verifyReceipt(String receipt, String vkey, PublicKey key, String eventId)
            throws GeneralSecurityException {
        int blank = receipt.indexOf("\n\n");
        String[] lines = receipt.substring(0, Math.max(blank, 0)).split("\n");
        demand(lines.length >= 3 && lines[0].equals("c2sp.org/tlog-proof@v1"), "not a receipt");
        demand(lines[1].startsWith("extra ") && lines[2].startsWith("index "), "not a receipt");
        byte[] entry = Base64.getDecoder().decode(lines[1].substring(6));
        long index = Long.parseLong(lines[2].substring(6));
        List<byte[]> proof = new ArrayList<>();
        for (String line : Arrays.copyOfRange(lines, 3, lines.length)) {
            proof.add(Base64.getDecoder().decode(line));
        }

        String[] checkpoint = openCheckpoint(receipt.substring(blank + 2), vkey);
        byte[] leaf = sha256(new byte[] {0}, entry);
        byte[] root = rootOf(leaf, index, Long.parseLong(checkpoint[1]), proof);
        demand(Arrays.equals(root, Base64.getDecoder().decode(checkpoint[2])), "another root");

        String[] parts = new String(entry, StandardCharsets.US_ASCII).split(" ");
        demand(eventId(parts[1]).equals(eventId), "another event");
        int dot = parts[1].lastIndexOf('.');
        byte[] signature = Base64.getUrlDecoder().decode(parts[1].substring(dot + 1));
        demand(verifies(key, ascii(parts[1].substring(0, dot)), signature), "not signed by this key");
    }

    static byte[] rootOf(byte[] leaf, long index, long size, List<byte[]> proof)
            throws GeneralSecurityException {
        demand(index >= 0 && index < size && (size > 1) == !proof.isEmpty(), "proof of another length");
        if (size == 1) {
            return leaf;
        }
        long split = Long.highestOneBit(size - 1); // the largest power of two below the size
        byte[] last = proof.get(proof.size() - 1);
        List<byte[]> rest = proof.subList(0, proof.size() - 1);
        return index < split
            ? sha256(new byte[] {1}, rootOf(leaf, index, split, rest), last)
            : sha256(new byte[] {1}, last, rootOf(leaf, index - split, size - split, rest));
    }

    static String[] openCheckpoint(String note, String vkey) throws GeneralSecurityException {
        String[] parts = vkey.split("\\+", 3); // name, key id, base64 of 01 and the key
        byte[] typed = Base64.getDecoder().decode(parts[2]);
        byte[] keyId = Arrays.copyOf(sha256(utf8(parts[0] + "\n"), typed), 4);
        demand(typed[0] == 1 && HexFormat.of().formatHex(keyId).equals(parts[1]), "damaged verifier key");
        byte[] head = HexFormat.of().parseHex("302a300506032b6570032100");
        byte[] spki = Arrays.copyOf(head, head.length + 32);
        System.arraycopy(typed, 1, spki, head.length, 32);
        PublicKey key = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(spki));

        int end = note.lastIndexOf("\n\n") + 1; // the signature covers the text and its last newline
        String text = note.substring(0, end);
        boolean signed = false;
        for (String line : note.substring(end + 1).split("\n")) {
            String[] words = line.split(" "); // em dash, name, base64 of key id and signature
            byte[] raw = Base64.getDecoder().decode(words[2]);
            if (words[1].equals(parts[0]) && Arrays.equals(Arrays.copyOf(raw, 4), keyId)) {
                demand(verifies(key, utf8(text), Arrays.copyOfRange(raw, 4, raw.length)), "forged checkpoint");
                signed = true;
            }
        }
        String[] lines = text.split("\n"); // origin, size, root
        demand(signed && lines.length == 3 && lines[0].equals(parts[0]), "not a checkpoint of this log");
        return lines;
    }

    static boolean verifies(PublicKey key, byte[] message, byte[] signature) throws GeneralSecurityException {
        boolean elliptic = key instanceof ECPublicKey;
        Signature verifier = Signature.getInstance(elliptic ? "SHA256withECDSAinP1363Format" : "Ed25519");
        verifier.initVerify(key);
        verifier.update(message);
        return verifier.verify(signature);
    }

    // Small things

    static void demand(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    static PrivateKey privateKey(String pem) throws GeneralSecurityException {
        PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(der(pem));
        return KeyFactory.getInstance(spec.getEncoded().length < 64 ? "Ed25519" : "EC").generatePrivate(spec);
    }

    static PublicKey publicKey(String pem) throws GeneralSecurityException {
        X509EncodedKeySpec spec = new X509EncodedKeySpec(der(pem));
        return KeyFactory.getInstance(spec.getEncoded().length < 64 ? "Ed25519" : "EC").generatePublic(spec);
    }

    static byte[] der(String pem) {
        return Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
    }

    static byte[] bytes32(BigInteger number) {
        byte[] bytes = number.toByteArray(); // perhaps with a zero in front, perhaps shorter
        byte[] wide = new byte[32];
        int length = Math.min(bytes.length, 32);
        System.arraycopy(bytes, bytes.length - length, wide, 32 - length, length);
        return wide;
    }

    static byte[] sha256(byte[]... parts) throws GeneralSecurityException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (byte[] part : parts) {
            digest.update(part);
        }
        return digest.digest();
    }

    static String base64url(byte[] data) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(data);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
