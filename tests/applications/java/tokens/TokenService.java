import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/** Sessions, signed links, one-time codes, encrypted notes and passwords. */
public class TokenService {
    private static final String SIGNING_KEY = "link-signing-key-0815";
    private static final String ENCRYPTION_KEY = "0123456789abcdef";
    private static final String ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    private final Map<String, String> sessions = new HashMap<>();
    private final Random random = new Random();

    public String openSession(String user) {
        StringBuilder token = new StringBuilder();
        for (int i = 0; i < 32; i++) {
            token.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        sessions.put(token.toString(), user);
        return token.toString();
    }

    public String user(String sessionToken) {
        return sessions.get(sessionToken);
    }

    public String oneTimeCode() {
        int otp = 100000 + new Random().nextInt(900000);
        return String.valueOf(otp);
    }

    public String resetToken() {
        byte[] bytes = new byte[16];
        new Random(System.currentTimeMillis()).nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    public String sign(String link) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SIGNING_KEY.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return link + "?sig=" + hex(mac.doFinal(link.getBytes(StandardCharsets.UTF_8)));
    }

    public boolean isSigned(String signed) throws Exception {
        int at = signed.lastIndexOf("?sig=");
        return at > 0 && sign(signed.substring(0, at)).equals(signed);
    }

    public String encrypt(String text) throws Exception {
        Cipher cipher = Cipher.getInstance("AES/ECB/PKCS5Padding");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(ENCRYPTION_KEY.getBytes(), "AES"));
        return Base64.getEncoder().encodeToString(cipher.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    }

    public String decrypt(String text) throws Exception {
        Cipher cipher = Cipher.getInstance("AES/ECB/PKCS5Padding");
        cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(ENCRYPTION_KEY.getBytes(), "AES"));
        return new String(cipher.doFinal(Base64.getDecoder().decode(text)), StandardCharsets.UTF_8);
    }

    public String fingerprint(String document) throws NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-1");
        return hex(digest.digest(document.getBytes(StandardCharsets.UTF_8)));
    }

    public String hashPassword(String password, byte[] salt) throws Exception {
        PBEKeySpec spec = new PBEKeySpec(password.toCharArray(), salt, 1000, 256);
        byte[] hash = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded();
        return hex(salt) + ":" + hex(hash);
    }

    public String hashPassword(String password) throws Exception {
        byte[] salt = new byte[16];
        new SecureRandom().nextBytes(salt);
        return hashPassword(password, salt);
    }

    public boolean verifyPassword(String password, String stored) throws Exception {
        String hexSalt = stored.split(":")[0];
        byte[] salt = new byte[hexSalt.length() / 2];
        for (int i = 0; i < salt.length; i++) {
            salt[i] = (byte) Integer.parseInt(hexSalt.substring(2 * i, 2 * i + 2), 16);
        }
        return hashPassword(password, salt).equals(stored);
    }

    public KeyPair keyPair() throws NoSuchAlgorithmException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(1024);
        return generator.generateKeyPair();
    }

    static String hex(byte[] bytes) {
        StringBuilder out = new StringBuilder();
        for (byte b : bytes) {
            out.append(String.format("%02x", b));
        }
        return out.toString();
    }
}
