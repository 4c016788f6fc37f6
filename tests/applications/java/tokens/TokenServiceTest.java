import static testing.Tests.equal;
import static testing.Tests.holds;

import java.security.KeyPair;
import java.util.HashSet;
import java.util.Set;
import javax.crypto.Cipher;
import testing.Tests;

public class TokenServiceTest {
    private final TokenService service = new TokenService();

    public void testSessionBelongsToItsUser() {
        String token = service.openSession("ada");
        holds(token.matches("[A-Z2-9]{32}"), token);
        equal("ada", service.user(token));
        equal(null, service.user("none"));
    }

    public void testSessionsDiffer() {
        Set<String> tokens = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            tokens.add(service.openSession("ada"));
        }
        equal(50, tokens.size());
    }

    public void testCodesHaveSixDigits() {
        for (int i = 0; i < 50; i++) {
            String code = service.oneTimeCode();
            holds(code.matches("[1-9][0-9]{5}"), code);
        }
    }

    public void testResetTokens() {
        holds(service.resetToken().matches("[A-Za-z0-9_-]{22}"), "has another form");
    }

    public void testLinksAreSigned() throws Exception {
        String signed = service.sign("https://example.org/a");
        holds(signed.startsWith("https://example.org/a?sig="), signed);
        holds(service.isSigned(signed), "is not signed");
        holds(!service.isSigned(signed.replace("/a", "/b")), "is signed");
        holds(!service.isSigned("https://example.org/a"), "is signed");
    }

    public void testWhatIsEncryptedIsDecrypted() throws Exception {
        String secret = service.encrypt("some text that is longer than a block");
        holds(!secret.contains("text"), secret);
        equal("some text that is longer than a block", service.decrypt(secret));
    }

    public void testFingerprints() throws Exception {
        equal(service.fingerprint("a"), service.fingerprint("a"));
        holds(!service.fingerprint("a").equals(service.fingerprint("b")), "are the same");
    }

    public void testPasswords() throws Exception {
        String stored = service.hashPassword("correct horse");
        holds(!stored.contains("correct"), stored);
        holds(service.verifyPassword("correct horse", stored), "is wrong");
        holds(!service.verifyPassword("battery staple", stored), "is right");
    }

    public void testKeys() throws Exception {
        KeyPair pair = service.keyPair();
        Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPWithSHA-256AndMGF1Padding");
        cipher.init(Cipher.ENCRYPT_MODE, pair.getPublic());
        byte[] secret = cipher.doFinal("hello".getBytes());
        cipher.init(Cipher.DECRYPT_MODE, pair.getPrivate());
        equal("hello", new String(cipher.doFinal(secret)));
    }

    public static void main(String[] arguments) throws Exception {
        Tests.run(TokenServiceTest.class);
    }
}
